//! Story tests of the store: what the rest of the gateway relies on, told once and run on every backend.

mod races;
mod sqlite_file;
mod support;

/// All stories, on one backend.
macro_rules! stories {
    ($engine:ident, $begin:ident) => {
        #[expect(clippy::duplicate_mod, reason = "each story is run on each backend")]
        #[path = "."]
        mod $engine {
            mod support {
                pub use crate::support::$begin as begin;
                pub use crate::support::*;
            }

            mod applications;
            mod channels;
            mod conversions;
            mod limits;
            mod messages;
            mod nodes;
            mod opt_outs;
            mod retention;
            mod routing;
            mod routing_policies;
            mod traffic;
            mod webhooks;
        }
    };
}

stories!(mysql, begin_on_mysql);
stories!(sqlite, begin_on_sqlite);
