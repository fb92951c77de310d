//! The provider interface 0.1 as generated from `wit/provider.wit`. A later version is a sibling of this file, never an edit.
#![allow(missing_docs, clippy::all, unused_qualifications, reason = "generated code")]

wasmtime::component::bindgen!({
    path: "../../wit",
    world: "provider-full",
    imports: { default: async | trappable },
    exports: { default: async },
});
