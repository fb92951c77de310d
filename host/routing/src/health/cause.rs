//! [`Cause`]: why a channel is suspended, with the rule and the pause that each has.

use crate::evidence::{Kind, Tally};
use crate::settings::Settings;
use serde::{Deserialize, Serialize};

/// Faults of a plugin in a row that suspend.
const FAULTS: u32 = 3;

/// Why a channel is suspended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// No connection.
    Unreachable,
    /// Errors, or no answer.
    Failing,
    /// The account is empty.
    NoBalance,
    /// The credentials are refused.
    AuthFailed,
    /// The plugin fails.
    Faulty,
}

impl Cause {
    /// Its word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unreachable => "unreachable",
            Self::Failing => "failing",
            Self::NoBalance => "no_balance",
            Self::AuthFailed => "auth_failed",
            Self::Faulty => "faulty",
        }
    }

    /// The cause that a failure points to.
    pub(super) const fn of(kind: Kind) -> Option<Self> {
        match kind {
            Kind::Unreachable => Some(Self::Unreachable),
            Kind::Busy | Kind::Uncertain => Some(Self::Failing),
            Kind::NoBalance => Some(Self::NoBalance),
            Kind::AuthFailed => Some(Self::AuthFailed),
            Kind::Fault => Some(Self::Faulty),
            // A refusal concerns a binding or a message: ratings and bindings take care of it.
            _ => None,
        }
    }

    pub(super) const fn pauses(self, settings: &Settings) -> [f64; 2] {
        match self {
            Self::Unreachable => settings.unreachable_s,
            Self::Failing => settings.failing_s,
            Self::NoBalance | Self::AuthFailed => settings.account_s,
            Self::Faulty => settings.fault_s,
        }
    }

    /// Calls in a row that suspend. Among many, some fail one after another by chance: there it takes a fiftieth of those of the
    /// last ten seconds.
    pub(super) fn calls(self, recent: &Tally, settings: &Settings) -> u32 {
        let among_many = (recent.tries() * 0.02) as u32;
        match self {
            Self::Unreachable => settings.unreachable_calls,
            Self::Failing => settings.failing_calls.max(among_many),
            Self::NoBalance | Self::AuthFailed => 1,
            Self::Faulty => FAULTS.max(among_many),
        }
    }

    /// Whether it is the account's trouble, which all its channels share.
    pub const fn is_of_account(self) -> bool {
        matches!(self, Self::Unreachable | Self::NoBalance | Self::AuthFailed)
    }
}
