//! A callback of Aliyun's: pushes are arrays, and a good answer has a numeric code.

use serde_json::Value;

use super::listener::{Listener, Pushed};

type Arrays = Vec<Vec<Value>>;

/// A listening callback; it ends when it is dropped.
pub struct Callback {
    pub url: String,
    listener: Listener,
}

impl Callback {
    /// Gives the `bad_answers` first, then good ones.
    pub async fn start(bad_answers: &[(u16, &'static str)]) -> Self {
        let bad_answers = bad_answers.to_vec();
        let listener = Listener::answering(move |nth, _| {
            let (status, body) = bad_answers.get(nth).copied().unwrap_or((200, r#"{"code":0,"msg":"ok"}"#));
            (status, body.to_owned())
        });
        let listener = listener.await;
        Self { url: listener.url.clone(), listener }
    }

    /// Waits until so many pushes have arrived, and tells the array of each.
    pub async fn pushes(&self, count: usize) -> Arrays {
        arrays(&self.listener.pushes(count).await)
    }

    /// Waits until so many entries have arrived, however they were spread over pushes.
    pub async fn entries(&self, count: usize) -> Vec<Value> {
        let entries = |pushed: &[Pushed]| arrays(pushed).iter().map(Vec::len).sum::<usize>();
        arrays(&self.listener.wait(|pushed| entries(pushed) >= count).await).concat()
    }

    /// What has arrived by now.
    pub fn so_far(&self) -> Arrays {
        arrays(&self.listener.so_far())
    }
}

fn arrays(pushed: &[Pushed]) -> Arrays {
    pushed.iter().map(|push| serde_json::from_slice(&push.body).expect("an array")).collect()
}
