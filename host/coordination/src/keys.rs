//! Names in Redis. The class stands in braces, so that a cluster keeps all of a class on one node.

use jixinda_domain::MessageClass;

/// All our names under one prefix.
#[derive(Clone, Debug)]
pub(crate) struct Keys {
    prefix: String,
}

impl Keys {
    pub(crate) fn new(prefix: &str) -> Self {
        Self { prefix: prefix.to_owned() }
    }

    /// The stream of a class.
    pub(crate) fn queue(&self, class: MessageClass) -> String {
        format!("{}:{{{class}}}:queue", self.prefix)
    }

    /// Which server last held the stream of a class.
    pub(crate) fn server(&self, class: MessageClass) -> String {
        format!("{}:{{{class}}}:server", self.prefix)
    }

    /// The channel of the [`Exchange`](crate::Exchange).
    pub(crate) fn news(&self) -> String {
        format!("{}:news", self.prefix)
    }
}
