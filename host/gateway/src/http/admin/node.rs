//! Nodes: the processes that share the store, and where their plugins differ.

use super::auth::Operator;
use crate::gateway::Gateway;
use crate::nodes::NodePlugin;
use axum::extract::State;
use axum::routing::get;
use axum::{Json, Router};
use jixinda_store::Node;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

pub fn router() -> Router<Arc<Gateway>> {
    Router::new().route("/nodes", get(list))
}

async fn list(State(gateway): State<Arc<Gateway>>, _: Operator) -> Json<Value> {
    let view = gateway.nodes.view();
    let me = gateway.nodes.myself(&gateway, 0);
    let nodes: Vec<&Node> = if view.alive.is_empty() { vec![&me] } else { view.alive.iter().collect() };
    let views: Vec<Value> = nodes.iter().map(|node| view_of(node, node.id == me.id)).collect();
    let queue = match gateway.queue.is_up() {
        None => "memory",
        Some(true) => "redis",
        Some(false) => "degraded",
    };
    Json(json!({"nodes": views, "queue": queue, "warnings": warnings(&nodes, queue)}))
}

fn view_of(node: &Node, is_asked: bool) -> Value {
    json!({
        "id": node.id,
        "name": node.name,
        "role": node.role,
        "version": node.version,
        "plugins": plugins(node),
        "started_at": node.started_at,
        "seen_at": node.seen_at,
        "asked": is_asked,
    })
}

fn plugins(node: &Node) -> Vec<NodePlugin> {
    serde_json::from_str(&node.plugins).unwrap_or_default()
}

/// What an operator should look at: nodes that send with different plugins, or are of different versions.
fn warnings(nodes: &[&Node], queue: &str) -> Vec<String> {
    let mut warnings = Vec::new();
    let senders: Vec<&&Node> = nodes.iter().filter(|node| crate::role::Role::word_sends(&node.role)).collect();
    let mut serving: BTreeMap<String, BTreeMap<String, Vec<&str>>> = BTreeMap::new();
    for node in &senders {
        for plugin in plugins(node) {
            let content = format!("{} ({})", plugin.version, plugin.sha256.get(..12).unwrap_or(&plugin.sha256));
            serving.entry(plugin.provider).or_default().entry(content).or_default().push(&node.name);
        }
    }
    for (provider, contents) in serving {
        let having: usize = contents.values().map(Vec::len).sum();
        let mut who: Vec<String> =
            contents.iter().map(|(content, names)| format!("{content} on {}", names.join(", "))).collect();
        if having < senders.len() {
            let has = |node: &Node| contents.values().flatten().any(|name| *name == node.name);
            let missing: Vec<&str> = senders.iter().filter(|node| !has(node)).map(|node| node.name.as_str()).collect();
            who.push(format!("none on {}", missing.join(", ")));
        }
        if who.len() > 1 {
            warnings.push(format!("the nodes do not serve the same plugin for {provider}: {}", who.join("; ")));
        }
    }
    let versions: BTreeSet<&str> = nodes.iter().map(|node| node.version.as_str()).collect();
    if versions.len() > 1 {
        let versions: Vec<&str> = versions.into_iter().collect();
        warnings.push(format!("the nodes run different versions of the gateway: {}", versions.join(", ")));
    }
    if queue == "degraded" {
        warnings
            .push("this node cannot reach the queue in Redis: texts go by way of the store, a little later".to_owned());
    }
    warnings
}

#[cfg(test)]
mod tests {
    use super::*;
    use jixinda_domain::{NodeId, Timestamp};

    fn node(number: u128, role: &str, plugins: &str) -> Node {
        Node {
            id: NodeId::new(Timestamp::default(), number),
            name: format!("node-{number}"),
            role: role.to_owned(),
            version: "0.1.0".to_owned(),
            plugins: plugins.to_owned(),
            beat: 1,
            started_at: Timestamp::default(),
            seen_at: Timestamp::default(),
        }
    }

    #[test]
    fn nodes_that_send_with_different_plugins_are_told() {
        let one = r#"[{"provider": "aliyun", "version": "0.1.0", "sha256": "aaaaaaaaaaaaaaaa"}]"#;
        let other = r#"[{"provider": "aliyun", "version": "0.2.0", "sha256": "bbbbbbbbbbbbbbbb"}]"#;
        let (all, worker, api) = (node(1, "all", one), node(2, "worker", one), node(3, "api", "[]"));
        assert!(warnings(&[&all, &worker, &api], "redis").is_empty(), "a node that accepts needs none");
        let told = warnings(&[&all, &node(2, "worker", other)], "redis");
        assert_eq!(
            told,
            [
                "the nodes do not serve the same plugin for aliyun: 0.1.0 (aaaaaaaaaaaa) on node-1; 0.2.0 (bbbbbbbbbbbb) on node-2"
            ]
        );
        let told = warnings(&[&all, &node(2, "worker", "[]")], "degraded");
        assert!(told[0].ends_with("none on node-2") && told.len() == 2, "{told:?}");
    }
}
