//! [`Role`]: which parts of the gateway a process runs.

use clap::ValueEnum;

/// Parts of the gateway that a process runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Role {
    /// Everything.
    #[default]
    All,
    /// Accepts texts: `/v1`. Needs no plugins.
    Api,
    /// Sends texts, hears what became of them (`/callbacks`), tells applications.
    Worker,
    /// Serves operators: `/admin/v1`.
    Console,
}

impl Role {
    /// The word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Api => "api",
            Self::Worker => "worker",
            Self::Console => "console",
        }
    }

    /// Whether it accepts texts.
    pub const fn accepts(self) -> bool {
        matches!(self, Self::All | Self::Api)
    }

    /// Whether it sends texts.
    pub const fn sends(self) -> bool {
        matches!(self, Self::All | Self::Worker)
    }

    /// Whether it serves operators.
    pub const fn administers(self) -> bool {
        matches!(self, Self::All | Self::Console)
    }

    /// Whether a word of the store means a role that sends texts.
    pub fn word_sends(word: &str) -> bool {
        [Self::All, Self::Worker].iter().any(|role| role.as_str() == word)
    }
}
