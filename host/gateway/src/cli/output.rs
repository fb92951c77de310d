//! What the program says to a person: results on standard output, complaints on standard error.

use std::io::Write as _;

/// One line on standard output. A reader that has gone away is no reason to fail.
pub fn say(line: &str) {
    let _ = writeln!(std::io::stdout().lock(), "{line}");
}

/// One line on standard error.
pub fn complain(line: &str) {
    let _ = writeln!(std::io::stderr().lock(), "jixinda: {line}");
}
