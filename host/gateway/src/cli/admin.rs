//! `jixinda admin`: tokens of the admin API, made directly in the store of this machine.

use super::{open, output};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use clap::Subcommand;
use jixinda_domain::clock::SystemClock;
use jixinda_domain::{AdminTokenId, Clock as _};
use jixinda_store::{AdminToken, Store};
use sha2::{Digest as _, Sha256};
use std::path::Path;

#[derive(Subcommand)]
pub enum Command {
    /// Make, list or remove tokens of the admin API.
    #[command(subcommand)]
    Token(TokenCommand),
}

#[derive(Subcommand)]
pub enum TokenCommand {
    /// Make a token; it is printed once and stored as a hash.
    Add {
        /// Whose it is, for people.
        name: String,
    },
    /// List the tokens.
    List,
    /// Remove a token by its id.
    Remove {
        /// adm_…
        id: AdminTokenId,
    },
}

pub fn run(config: Option<&Path>, Command::Token(command): Command) -> anyhow::Result<()> {
    let config = open::config(config)?;
    open::runtime()?.block_on(async {
        let store = open::store(&config).await?;
        match command {
            TokenCommand::Add { name } => output::say(&add_token(store.as_ref(), &name).await?),
            TokenCommand::List => {
                for token in store.admin_tokens().await? {
                    output::say(&format!("{}  {}  {}", token.id, token.created_at, token.name));
                }
            }
            TokenCommand::Remove { id } => {
                anyhow::ensure!(store.delete_admin_token(id).await?, "there is no token {id}");
                output::say(&format!("{id} is removed"));
            }
        }
        Ok(())
    })
}

/// Makes a token and answers it.
pub async fn add_token(store: &dyn Store, name: &str) -> anyhow::Result<String> {
    let now = SystemClock.now();
    let token = format!("jxa_{}", URL_SAFE_NO_PAD.encode(rand::random::<[u8; 32]>()));
    let token_hash = Sha256::digest(token.as_bytes()).to_vec();
    let row =
        AdminToken { id: AdminTokenId::new(now, rand::random()), name: name.to_owned(), token_hash, created_at: now };
    store.insert_admin_token(&row).await?;
    Ok(token)
}
