//! The gateway's part in unit tests. It is the one of the doc tests too; those can only include it, so it has no header of its own.

include!("../tests/stub.inc");
