//! Seals secrets with the master key: AES-256-GCM, with the key's id stored beside the text so that keys can be changed.
//!
//! Layout: one byte of version (1), eight of key id, twelve of nonce, then ciphertext and tag. The name of what is sealed is
//! authenticated with it, so that a secret cannot be moved to another row.

use aes_gcm::aead::{Aead as _, Payload};
use aes_gcm::{Aes256Gcm, KeyInit as _, Nonce};
use anyhow::Context as _;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rand::Rng as _;
use sha2::{Digest as _, Sha256};
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

const VERSION: u8 = 1;
const KEY_ID: usize = 8;
const NONCE: usize = 12;

/// The environment variable that outranks the key file.
pub const ENVIRONMENT: &str = "JIXINDA_MASTER_KEY";

/// Seals with the first key, opens with any.
pub struct Sealer {
    keys: Vec<([u8; KEY_ID], Aes256Gcm)>,
}

impl Sealer {
    /// The key of the environment, else those of the file; a file that does not exist is made, for this user only.
    pub fn load(file: &Path) -> anyhow::Result<Self> {
        if let Ok(key) = std::env::var(ENVIRONMENT) {
            return Self::from_lines(&key).with_context(|| format!("{ENVIRONMENT} must be 32 bytes in base64"));
        }
        if !file.exists() {
            create_key_file(file).with_context(|| format!("cannot write the master key {}", file.display()))?;
        }
        let text =
            std::fs::read_to_string(file).with_context(|| format!("cannot read the master key {}", file.display()))?;
        Self::from_lines(&text)
            .with_context(|| format!("{} must hold keys of 32 bytes in base64, one a line", file.display()))
    }

    fn from_lines(text: &str) -> anyhow::Result<Self> {
        let mut keys = Vec::new();
        for line in text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')) {
            let key: [u8; 32] = STANDARD.decode(line)?.try_into().map_err(|_| anyhow::anyhow!("a key has 32 bytes"))?;
            let mut id = [0; KEY_ID];
            id.copy_from_slice(&Sha256::digest(key)[..KEY_ID]);
            keys.push((id, Aes256Gcm::new(&key.into())));
        }
        anyhow::ensure!(!keys.is_empty(), "there is no key");
        Ok(Self { keys })
    }

    /// Seals a secret under the name of its owner.
    pub fn seal(&self, owner: &str, secret: &[u8]) -> Vec<u8> {
        let (id, cipher) = &self.keys[0];
        let mut nonce = [0; NONCE];
        rand::rng().fill_bytes(&mut nonce);
        let sealed = cipher
            .encrypt(&Nonce::from(nonce), Payload { msg: secret, aad: owner.as_bytes() })
            .expect("AES-GCM seals texts shorter than 64 GiB");
        [&[VERSION], id.as_slice(), &nonce, &sealed].concat()
    }

    /// Opens what [`seal`](Self::seal) made for the same owner.
    pub fn open(&self, owner: &str, sealed: &[u8]) -> anyhow::Result<Vec<u8>> {
        let body = sealed.strip_prefix(&[VERSION]).context("the secret was sealed by another version")?;
        let (id, body) = body.split_at_checked(KEY_ID).context("the sealed secret is cut")?;
        let (nonce, text) = body.split_first_chunk::<NONCE>().context("the sealed secret is cut")?;
        let (_, cipher) = self
            .keys
            .iter()
            .find(|(key, _)| key == id)
            .context("the master key that sealed it is not among the present ones")?;
        cipher
            .decrypt(&Nonce::from(*nonce), Payload { msg: text, aad: owner.as_bytes() })
            .map_err(|_| anyhow::anyhow!("the sealed secret was changed"))
    }
}

fn create_key_file(file: &Path) -> std::io::Result<()> {
    if let Some(folder) = file.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let mut key = [0; 32];
    rand::rng().fill_bytes(&mut key);
    let mut file = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(file)?;
    writeln!(file, "{}", STANDARD.encode(key))?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sealer(bytes: &[u8]) -> Sealer {
        let lines: Vec<String> = bytes.iter().map(|byte| STANDARD.encode([*byte; 32])).collect();
        Sealer::from_lines(&lines.join("\n")).expect("good keys")
    }

    #[test]
    fn opens_what_it_sealed_and_nothing_else() {
        let sealer = sealer(&[1]);
        let sealed = sealer.seal("acc_1", b"secret");
        assert_eq!(sealer.open("acc_1", &sealed).expect("opens"), b"secret");
        assert!(sealer.open("acc_2", &sealed).is_err(), "another owner");
        let mut changed = sealed.clone();
        *changed.last_mut().expect("not empty") ^= 1;
        assert!(sealer.open("acc_1", &changed).is_err(), "changed");
        assert!(sealer.open("acc_1", &sealed[..12]).is_err(), "cut");
        assert!(!sealed.windows(6).any(|window| window == b"secret"));
    }

    #[test]
    fn keys_can_be_changed() {
        let old = sealer(&[1]).seal("acc_1", b"secret");
        assert_eq!(sealer(&[2, 1]).open("acc_1", &old).expect("the old key is still there"), b"secret");
        assert!(sealer(&[2]).open("acc_1", &old).is_err());
    }
}
