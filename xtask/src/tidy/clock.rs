//! Time is an argument: in the gateway only domain's clock asks the system.

use super::{Finding, Source, lines};

const THE_CLOCK: &str = "host/domain/src/clock.rs";
const CALLS: [&str; 3] = ["SystemTime::now", "OffsetDateTime::now_utc", INSTANT];
/// Measures how long a call into a plugin takes, which is no point in time; the runtime may.
const INSTANT: &str = "Instant::now";
const MAY_MEASURE: &str = "host/runtime/";

pub fn check(source: &Source) -> Vec<Finding> {
    let concerned = source.path.starts_with("host/") && source.path.ends_with(".rs") && !is_test(&source.path);
    if !concerned || source.path == THE_CLOCK {
        return Vec::new();
    }
    let code = lines(source).filter(|(_, line)| !line.trim_start().starts_with("//"));
    code.filter_map(|(number, line)| {
        let call = CALLS.iter().find(|call| line.contains(**call))?;
        let measures = *call == INSTANT && source.path.starts_with(MAY_MEASURE);
        let sentence = || format!("{call} belongs in {THE_CLOCK}: take the time as an argument");
        (!measures).then(|| Finding::new(&source.path, number, sentence()))
    })
    .collect()
}

fn is_test(path: &str) -> bool {
    path.contains("/tests/") || path.ends_with("/tests.rs")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::source;

    fn count(path: &str, text: &str) -> usize {
        check(&source(path, text)).len()
    }

    #[test]
    fn only_the_clock_asks_for_the_time() {
        for call in ["SystemTime::now()", "OffsetDateTime::now_utc()", "Instant::now()"] {
            assert_eq!(count("host/gateway/src/a.rs", call), 1, "{call}");
            assert_eq!(count(THE_CLOCK, call), 0, "{call}");
            assert_eq!(count("tests/it/src/a.rs", call), 0, "{call}");
            assert_eq!(count("host/store/src/a/tests.rs", call), 0, "{call}");
        }
    }

    #[test]
    fn the_runtime_may_measure_but_not_ask() {
        assert_eq!(count("host/runtime/src/call.rs", "let start = Instant::now();"), 0);
        assert_eq!(count("host/runtime/src/call.rs", "let now = SystemTime::now();"), 1);
    }

    #[test]
    fn a_comment_is_no_call() {
        assert_eq!(count("host/gateway/src/a.rs", "    // never Instant::now here"), 0);
    }
}
