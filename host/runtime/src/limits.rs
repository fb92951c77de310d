//! How much a plugin may use: per call, per engine. The figures follow what Fastly, Redpanda and Spin allow, measured against ours.

use std::time::Duration;

/// What one call may use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CallBudget {
    /// From the first instruction to the answer, waiting included.
    pub wall: Duration,
    /// Running on a processor.
    pub cpu: Duration,
    /// Linear memory, in bytes.
    pub memory: usize,
    /// HTTP requests.
    pub http_requests: u32,
}

/// What each kind of call may use.
#[derive(Clone, Copy, Debug)]
pub struct Budgets {
    /// `messaging.send`.
    pub send: CallBudget,
    /// `callbacks.parse`.
    pub parse: CallBudget,
    /// `polling.poll`.
    pub poll: CallBudget,
    /// `lookup.query` and `balance.get`.
    pub lookup: CallBudget,
    /// `messaging.describe`.
    pub describe: CallBudget,
}

const MEMORY: usize = 64 << 20;

impl Default for Budgets {
    fn default() -> Self {
        let budget = |wall, cpu, http_requests| CallBudget {
            wall: Duration::from_secs(wall),
            cpu: Duration::from_millis(cpu),
            memory: MEMORY,
            http_requests,
        };
        Self {
            send: budget(30, 500, 128),
            parse: budget(5, 200, 4),
            poll: budget(30, 500, 16),
            lookup: budget(30, 500, 128),
            describe: budget(2, 500, 0),
        }
    }
}

/// How often the epoch moves: the grain of the processor budget.
pub const TICK: Duration = Duration::from_millis(10);
/// The largest component file.
pub const MAX_FILE_BYTES: u64 = 64 << 20;
/// The largest body of a request or a response, in bytes.
pub const MAX_HTTP_BODY: usize = 1 << 20;
/// How much is read of an answer's body that nobody wants.
pub const MAX_IGNORED_BODY: usize = 64 << 10;
/// Bytes that may cross to the host at once, strings and lists together: one import's arguments, or one answer.
pub const HOSTCALL_BYTES: usize = 8 << 20;
/// The most linear memory that any plugin can be given.
pub const MEMORY_CEILING: usize = 128 << 20;
/// Bytes of one page of linear memory.
pub const WASM_PAGE: u64 = 64 << 10;
/// Tables, memories and core instances of one component.
pub const MAX_TABLES: u32 = 16;
/// See [`MAX_TABLES`].
pub const MAX_MEMORIES: u32 = 4;
/// See [`MAX_TABLES`]. Python components have 14.
pub const MAX_CORE_INSTANCES: u32 = 64;
/// Elements of one table; StarlingMonkey needs 7,695.
pub const MAX_TABLE_ELEMENTS: usize = 20_000;
/// Resources (streams, files) that a call may hold at once.
pub const MAX_RESOURCES: usize = 256;
