//! Sends one text and follows it to its end.
//!
//!     JIXINDA_URL=http://127.0.0.1:8770 JIXINDA_KEY=key_….secret cargo run --example send -- 13800000000
#![expect(clippy::print_stdout, reason = "an example speaks on its standard output")]

use jixinda_sdk::{Client, NewMessage};
use std::time::Duration;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let client = Client::from_env()?;
    let number = std::env::args().nth(1).ok_or("to whom? name a number")?;
    let message = NewMessage::new(number, "login", "jixinda").param("code", "123456");
    let accepted = client.send(&message).await?;
    println!("{} was accepted", accepted.id);
    // A service is told by webhooks; a program that ends can ask.
    loop {
        let story = client.get(&accepted.id).await?;
        if story.message.status.is_final() {
            for line in story.history {
                println!("{} {:<11} {}", line.at, line.status.as_str(), line.what);
            }
            return Ok(());
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
}
