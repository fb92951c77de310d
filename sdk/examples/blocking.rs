//! Sends a batch without async, and says what became of each text.
//!
//!     JIXINDA_URL=http://127.0.0.1:8770 JIXINDA_KEY=key_….secret \
//!         cargo run --features blocking --example blocking -- 13800000001 13800000002
#![expect(clippy::print_stdout, reason = "an example speaks on its standard output")]

use jixinda_sdk::{Batch, NewMessage, blocking};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let client = blocking::Client::from_env()?;
    let numbers = std::env::args().skip(1);
    let batch = Batch::new()
        .defaults(NewMessage::default().template("login").sign_name("jixinda").param("code", "123456"))
        .messages(numbers.map(NewMessage::to));
    for entry in client.send_batch(&batch)?.entries {
        match entry.result {
            Ok(accepted) => println!("{}: {}", entry.index, accepted.id),
            Err(error) => println!("{}: {error}", entry.index),
        }
    }
    Ok(())
}
