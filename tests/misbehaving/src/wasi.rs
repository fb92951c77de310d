//! What a component of another toolchain gets from its WASI: an exit, and a standard output. The kit needs neither, so the
//! little that is wanted is bound here.

/// Ends the "program".
pub fn exit() {
    #[cfg(target_family = "wasm")]
    imports::wasi::cli::exit::exit(Err(()));
}

/// Prints to the standard output.
pub fn print(text: &str) {
    #[cfg(target_family = "wasm")]
    imports::wasi::cli::stdout::get_stdout().blocking_write_and_flush(text.as_bytes()).expect("standard output");
    #[cfg(not(target_family = "wasm"))]
    let _ = text;
}

#[cfg(target_family = "wasm")]
#[allow(unsafe_code, unused_qualifications, reason = "generated code")]
mod imports {
    wit_bindgen::generate!({
        inline: "
            package jixinda:misbehaving;
            world imports {
                import wasi:cli/exit@0.2.0;
                import wasi:cli/stdout@0.2.0;
            }
            package wasi:io@0.2.0 {
                interface error { resource error; }
                interface streams {
                    use error.{error};
                    variant stream-error { last-operation-failed(error), closed }
                    resource output-stream {
                        blocking-write-and-flush: func(contents: list<u8>) -> result<_, stream-error>;
                    }
                }
            }
            package wasi:cli@0.2.0 {
                interface exit { exit: func(status: result); }
                interface stdout {
                    use wasi:io/streams@0.2.0.{output-stream};
                    get-stdout: func() -> output-stream;
                }
            }
        ",
        world: "jixinda:misbehaving/imports",
        generate_all,
    });
}
