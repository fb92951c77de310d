//! Makes a component of a core module that was built for wasm32-unknown-unknown with wit-bindgen: `jixinda plugin pack`.

use wit_component::ComponentEncoder;

/// The component around a core module.
///
/// # Errors
/// One sentence.
pub fn pack(module: &[u8]) -> Result<Vec<u8>, String> {
    match module {
        [0, b'a', b's', b'm', 1, 0, 0, 0, ..] => {}
        [0, b'a', b's', b'm', 0x0d, 0, 1, 0, ..] => return Err("this is a component already".to_owned()),
        _ => return Err("this is not a WebAssembly module".to_owned()),
    }
    let encoded = ComponentEncoder::default().module(module).and_then(|encoder| encoder.validate(true).encode());
    encoded.map_err(|error| {
        let words = format!("{error:#}");
        format!("it cannot be made a component: {}", words.split_whitespace().collect::<Vec<_>>().join(" "))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_core_modules_are_packed() {
        assert!(pack(b"\0asm\x0d\0\x01\0").expect_err("a component").contains("already"));
        assert!(pack(b"hello").expect_err("no module").contains("not a WebAssembly module"));
        assert_eq!(pack(b"\0asm\x01\0\0\0").map(|component| component.len() > 8), Ok(true));
    }
}
