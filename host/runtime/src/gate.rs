//! What a file must be before it may serve. Each refusal is one sentence that says what to do.
//!
//! The cheap and safe looks come first; nothing of a file runs before its bytes, its world and its wants have been read.

use crate::call::Runtime;
use crate::compile::{CompileError, Compiler};
use crate::convert;
use crate::limits::{self, Budgets, CallBudget};
use crate::state::{CallState, store};
use crate::status::Step;
use crate::wit_v0_1::exports::jixinda::provider::{balance, callbacks, lookup, messaging, polling};
use crate::wit_v0_1::jixinda::provider::{host, http, types};
use jixinda_domain::provider::Descriptor;
use sha2::{Digest as _, Sha256};
use tokio_util::task::AbortOnDropHandle;
use wasmtime::component::{Component, HasSelf, InstancePre, Linker};
use wasmtime::{Engine, ResourcesRequired, Store};

/// A file that may not serve, and why.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub struct Refusal {
    /// Which look it failed.
    pub step: Step,
    /// One sentence.
    pub reason: String,
}

impl Refusal {
    pub(crate) fn new(step: Step, reason: impl Into<String>) -> Self {
        Self { step, reason: reason.into() }
    }
}

/// A component that has passed, ready to be called.
pub(crate) struct Admitted {
    pub(crate) sha256: String,
    pub(crate) descriptor: Descriptor,
    pub(crate) schema: jsonschema::Validator,
    pub(crate) pre: InstancePre<CallState>,
    pub(crate) messaging: messaging::GuestIndices,
    pub(crate) callbacks: Option<callbacks::GuestIndices>,
    pub(crate) polling: Option<polling::GuestIndices>,
    pub(crate) lookup: Option<lookup::GuestIndices>,
    pub(crate) balance: Option<balance::GuestIndices>,
}

impl Admitted {
    /// The optional interfaces that it exports.
    pub(crate) fn interfaces(&self) -> Vec<&'static str> {
        let has = [
            ("callbacks", self.callbacks.is_some()),
            ("polling", self.polling.is_some()),
            ("lookup", self.lookup.is_some()),
            ("balance", self.balance.is_some()),
        ];
        has.into_iter().filter(|(_, has)| *has).map(|(name, _)| name).collect()
    }
}

/// Lower hex SHA-256 of a file.
pub fn sha256(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

/// Everything a component may import: the provider interface and all of WASI 0.2, which grants nothing.
pub(crate) fn linker(engine: &Engine) -> wasmtime::Result<Linker<CallState>> {
    let mut linker = Linker::new(engine);
    wasmtime_wasi::p2::add_to_linker_async(&mut linker)?;
    types::add_to_linker::<_, HasSelf<CallState>>(&mut linker, |state| state)?;
    http::add_to_linker::<_, HasSelf<CallState>>(&mut linker, |state| state)?;
    host::add_to_linker::<_, HasSelf<CallState>>(&mut linker, |state| state)?;
    Ok(linker)
}

/// Looks at the bytes alone: is it a component, whole, and one whose imports we know?
///
/// # Errors
/// With the sentence that the operator is shown.
pub fn check_bytes(bytes: &[u8]) -> Result<(), Refusal> {
    let refuse = |reason: &str| Err(Refusal::new(Step::Format, reason));
    match bytes {
        [] => return Err(Refusal::new(Step::Incomplete, "the file is empty")),
        [0, b'a', b's', b'm', 0x0d, 0, 1, 0, ..] => {}
        [0, b'a', b's', b'm', 1, 0, 0, 0, ..] => {
            return refuse(
                "this is a core module, not a component: run `jixinda plugin pack` on it, or build for wasm32-wasip2",
            );
        }
        [0x7f, b'E', b'L', b'F', ..] => return refuse("this is native code, not WebAssembly; it is never run"),
        _ if bytes.len() < 8 && b"\0asm\x0d\0\x01\0".starts_with(bytes) => {
            return Err(Refusal::new(Step::Incomplete, "the file is incomplete"));
        }
        _ => return refuse("this is not a WebAssembly component"),
    }
    if Engine::detect_precompiled(bytes).is_some() {
        return refuse("this is native code, not WebAssembly; it is never run");
    }
    validate(bytes)
}

fn validate(bytes: &[u8]) -> Result<(), Refusal> {
    use wasmparser::{Validator, WasmFeatures};
    let mut features = WasmFeatures::default();
    features.remove(WasmFeatures::MEMORY64 | WasmFeatures::CM_ASYNC);
    features.insert(WasmFeatures::COMPONENT_MODEL);
    Validator::new_with_features(features).validate_all(bytes).map(|_| ()).map_err(|error| {
        let words = error.message();
        if words.contains("unexpected end") || words.contains("unexpected-eof") {
            Refusal::new(Step::Incomplete, "the file is incomplete or damaged: it ends in the middle of a section")
        } else if words.contains("async") {
            Refusal::new(
                Step::World,
                format!(
                    "it uses component-model async ({words}): build it with plain functions (componentize-qjs: --sync)"
                ),
            )
        } else {
            Refusal::new(Step::Format, format!("it is not a valid component: {words} at byte {}", error.offset()))
        }
    })
}

/// The whole gate: from bytes to something that can be called.
pub(crate) async fn admit(runtime: &Runtime, bytes: &[u8]) -> Result<Admitted, Refusal> {
    check_bytes(bytes)?;
    let sha256 = sha256(bytes);
    let component = load(&runtime.engine, &runtime.compiler, &sha256, bytes).await?;
    check_wants(&component, runtime.options.budgets)?;
    let pre = runtime.linker.instantiate_pre(&component).map_err(|error| {
        Refusal::new(Step::World, format!("it imports what the gateway does not offer: {}", one_line(&error)))
    })?;
    let messaging = messaging::GuestIndices::new(&pre).map_err(|error| {
        let reason = format!("it does not export jixinda:provider/messaging@0.1: {}", one_line(&error));
        Refusal::new(Step::World, reason)
    })?;
    let (descriptor, schema) = probe(runtime, &pre, &messaging).await?;
    Ok(Admitted {
        sha256,
        descriptor,
        schema,
        messaging,
        callbacks: callbacks::GuestIndices::new(&pre).ok(),
        polling: polling::GuestIndices::new(&pre).ok(),
        lookup: lookup::GuestIndices::new(&pre).ok(),
        balance: balance::GuestIndices::new(&pre).ok(),
        pre,
    })
}

/// Lets it describe itself where guests run: one that spins meanwhile must not hold up the gateway.
async fn probe(
    runtime: &Runtime,
    pre: &InstancePre<CallState>,
    messaging: &messaging::GuestIndices,
) -> Result<(Descriptor, jsonschema::Validator), Refusal> {
    let store = store(&runtime.engine, runtime.no_reach(), runtime.options.budgets.describe, 0);
    let described = describe(store, pre.clone(), messaging.clone(), runtime.options.budgets.describe);
    let described = AbortOnDropHandle::new(runtime.guests.spawn(described)).await;
    described.map_err(|error| Refusal::new(Step::Describe, format!("the gateway is stopping: {error}")))?
}

/// One more description of what has passed already.
pub(crate) async fn describe_again(runtime: &Runtime, admitted: &Admitted) -> Result<Descriptor, Refusal> {
    Ok(probe(runtime, &admitted.pre, &admitted.messaging).await?.0)
}

pub(crate) async fn load(
    engine: &Engine,
    compiler: &Compiler,
    sha256: &str,
    bytes: &[u8],
) -> Result<Component, Refusal> {
    let refuse = |error: CompileError| Refusal::new(Step::Compile, format!("it could not be compiled: {error}"));
    let mut reason = String::new();
    for _ in 0..2 {
        let code = compiler.compile(engine, sha256, bytes).await.map_err(refuse)?;
        #[expect(
            unsafe_code,
            reason = "the bytes come from our own compiler, directly or through an authenticated cache"
        )]
        let loaded = unsafe { Component::deserialize(engine, &code) };
        match loaded {
            Ok(component) => return Ok(component),
            Err(error) => {
                reason = one_line(&error);
                // The pool refuses what would never fit into it; compiling again changes nothing.
                if reason.contains("limit") {
                    return Err(Refusal::new(Step::Limits, format!("it wants more than a plugin may have: {reason}")));
                }
                tracing::warn!(reason, sha256, "a compiled plugin does not load; it is compiled again");
                compiler.forget(engine, sha256);
            }
        }
    }
    Err(Refusal::new(Step::Compile, format!("its compiled form does not load: {reason}")))
}

fn check_wants(component: &Component, budgets: Budgets) -> Result<(), Refusal> {
    let Some(wants) = component.resources_required() else { return Ok(()) };
    let too_much = |what: &str, wanted: u64, allowed: u64| {
        Err(Refusal::new(Step::Limits, format!("it wants {wanted} {what}; at most {allowed} are allowed")))
    };
    let memory_budget = budgets.send.memory as u64;
    if wants.num_memories > limits::MAX_MEMORIES {
        return too_much("memories", wants.num_memories.into(), limits::MAX_MEMORIES.into());
    }
    if wants.num_tables > limits::MAX_TABLES {
        return too_much("tables", wants.num_tables.into(), limits::MAX_TABLES.into());
    }
    if let Some(bytes) = memory_minimum(&wants).filter(|bytes| *bytes > memory_budget) {
        return too_much("bytes of memory from the start", bytes, memory_budget);
    }
    if let Some(elements) =
        wants.max_initial_table_size.filter(|elements| *elements > limits::MAX_TABLE_ELEMENTS as u64)
    {
        return too_much("table elements from the start", elements, limits::MAX_TABLE_ELEMENTS as u64);
    }
    Ok(())
}

/// Bytes of the largest memory at its start; wasmtime counts in pages, and pages of other sizes are not enabled.
pub(crate) fn memory_minimum(wants: &ResourcesRequired) -> Option<u64> {
    wants.max_initial_memory_size.map(|pages| pages.saturating_mul(limits::WASM_PAGE))
}

/// Instantiates once, checks the type of every interface, and lets the plugin describe itself; nothing answers its imports.
async fn describe(
    mut store: Store<CallState>,
    pre: InstancePre<CallState>,
    messaging: messaging::GuestIndices,
    budget: CallBudget,
) -> Result<(Descriptor, jsonschema::Validator), Refusal> {
    let probe = async {
        let instance = pre.instantiate_async(&mut store).await.map_err(|error| {
            let words = fault_words(&error);
            let step = if words.contains("limit") { Step::Limits } else { Step::Describe };
            Refusal::new(step, format!("it could not be started: {words}"))
        })?;
        let mistyped = |name: &str, error: wasmtime::Error| {
            let reason = format!("its {name} does not have the shape of jixinda:provider@0.1: {}", one_line(&error));
            Refusal::new(Step::World, reason)
        };
        let guest = messaging.load(&mut store, &instance).map_err(|error| mistyped("messaging", error))?;
        if let Ok(indices) = callbacks::GuestIndices::new(&pre) {
            indices.load(&mut store, &instance).map_err(|error| mistyped("callbacks", error))?;
        }
        if let Ok(indices) = polling::GuestIndices::new(&pre) {
            indices.load(&mut store, &instance).map_err(|error| mistyped("polling", error))?;
        }
        if let Ok(indices) = lookup::GuestIndices::new(&pre) {
            indices.load(&mut store, &instance).map_err(|error| mistyped("lookup", error))?;
        }
        if let Ok(indices) = balance::GuestIndices::new(&pre) {
            indices.load(&mut store, &instance).map_err(|error| mistyped("balance", error))?;
        }
        guest
            .call_describe(&mut store)
            .await
            .map_err(|error| Refusal::new(Step::Describe, format!("describe failed: {}", fault_words(&error))))
    };
    let described = tokio::time::timeout(budget.wall, probe)
        .await
        .map_err(|_| Refusal::new(Step::Describe, format!("describe took longer than {:?}", budget.wall)))??;
    check_descriptor(convert::descriptor(described))
}

fn check_descriptor(descriptor: Descriptor) -> Result<(Descriptor, jsonschema::Validator), Refusal> {
    let refuse = |reason: String| Refusal::new(Step::Describe, reason);
    let well_named = !descriptor.id.is_empty()
        && descriptor.id.len() <= 40
        && descriptor.id.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
    if !well_named {
        return Err(refuse(format!("its id {:?} is not kebab-case", descriptor.id)));
    }
    if semver::Version::parse(&descriptor.version).is_err() {
        return Err(refuse(format!("its version {:?} is not a semantic version such as 1.2.0", descriptor.version)));
    }
    let schema: serde_json::Value = serde_json::from_str(&descriptor.config_schema)
        .map_err(|error| refuse(format!("its config-schema is not JSON: {error}")))?;
    let validator = jsonschema::validator_for(&schema)
        .map_err(|error| refuse(format!("its config-schema is no JSON Schema: {error}")))?;
    if let Some(host) = descriptor.hosts.iter().find(|host| host.parse::<crate::grants::HostGrant>().is_err()) {
        return Err(refuse(format!("it wants {host:?}, which is not a host")));
    }
    Ok((descriptor, validator))
}

/// A wasmtime error with its causes, on one line.
pub(crate) fn one_line(error: &wasmtime::Error) -> String {
    let words = format!("{error:#}");
    words.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// What went wrong inside a guest, in words that its author understands.
pub(crate) fn fault_words(error: &wasmtime::Error) -> String {
    let root = error.root_cause().to_string();
    match error.downcast_ref::<wasmtime::Trap>() {
        Some(wasmtime::Trap::Interrupt) => "it used more processor time than it may".to_owned(),
        Some(wasmtime::Trap::StackOverflow) => "it called itself too deeply: its stack is full".to_owned(),
        Some(wasmtime::Trap::UnreachableCodeReached) => "it gave up (a panic or an abort)".to_owned(),
        Some(wasmtime::Trap::MemoryOutOfBounds) => {
            "it reached outside its memory: a bug, or a recursion that is too deep".to_owned()
        }
        _ if root.contains("growing memory") => "it wanted more memory than it may have".to_owned(),
        _ if root.contains("growing table") => "it wanted a larger table than it may have".to_owned(),
        _ if root.contains("fuel allocated for hostcalls") => {
            format!("it handed over more than {} MiB at once", limits::HOSTCALL_BYTES >> 20)
        }
        Some(trap) => format!("it trapped: {trap}"),
        None if error.is::<wasmtime_wasi::I32Exit>() => "it called exit".to_owned(),
        None => root.split_whitespace().collect::<Vec<_>>().join(" "),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reason(bytes: &[u8]) -> String {
        check_bytes(bytes).expect_err("a refusal").reason
    }

    #[test]
    fn each_wrong_file_has_its_sentence() {
        assert_eq!(reason(b""), "the file is empty");
        assert!(reason(b"\0asm\x01\0\0\0rest").contains("core module"));
        assert!(reason(b"\x7fELF\x02\x01\x01").contains("native code"));
        assert!(reason(b"hello").contains("not a WebAssembly component"));
        assert!(reason(b"\0asm").contains("incomplete"));
        assert!(reason(b"\0asm\x0d\0\x01\0\x07\x50").contains("incomplete"));
        assert!(reason(b"\0asm\x0d\0\x01\0\xff\xff\xff\xff").contains("not a valid component"));
    }

    #[test]
    fn an_empty_component_passes_the_first_look() {
        assert_eq!(check_bytes(b"\0asm\x0d\0\x01\0"), Ok(()));
    }
}
