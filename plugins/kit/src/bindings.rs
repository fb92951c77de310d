//! What wit-bindgen makes of `wit/provider.wit`; nothing here is written by hand but the worlds.
//!
//! Each exported interface is generated in a module, and a world, of its own, over one shared set of
//! types. A plugin's world is the sum of those that it names to [`provider!`](crate::provider):
//! `wit-component` merges their descriptions. The alternative, a world for each of the sixteen
//! combinations or a `generate!` in each plugin, would give every plugin types of its own, which the
//! helpers here could not speak of.
#![allow(missing_docs, unsafe_code, unused_qualifications, reason = "generated code; its documentation is the WIT's")]

/// The types and what the gateway offers.
pub mod imports {
    wit_bindgen::generate!({
        path: "../../wit",
        inline: "
            package jixinda:kit;
            world imports {
                import jixinda:provider/types@0.1.0;
                import jixinda:provider/http@0.1.0;
                import jixinda:provider/host@0.1.0;
            }
        ",
        world: "jixinda:kit/imports",
        additional_derives: [PartialEq],
        generate_unused_types: true,
        generate_all,
    });
}

/// One module for one exported interface, named like it.
macro_rules! exported {
    ($interface:ident, $world:literal) => {
        #[doc = concat!("The exported interface `", stringify!($interface), "`.")]
        pub mod $interface {
            wit_bindgen::generate!({
                path: "../../wit",
                inline: $world,
                with: { "jixinda:provider/types@0.1.0": crate::bindings::imports::jixinda::provider::types },
                additional_derives: [PartialEq],
                pub_export_macro: true,
            });
        }
    };
}

exported!(messaging, "package jixinda:kit; world messaging { export jixinda:provider/messaging@0.1.0; }");
exported!(callbacks, "package jixinda:kit; world callbacks { export jixinda:provider/callbacks@0.1.0; }");
exported!(polling, "package jixinda:kit; world polling { export jixinda:provider/polling@0.1.0; }");
exported!(lookup, "package jixinda:kit; world lookup { export jixinda:provider/lookup@0.1.0; }");
exported!(balance, "package jixinda:kit; world balance { export jixinda:provider/balance@0.1.0; }");
