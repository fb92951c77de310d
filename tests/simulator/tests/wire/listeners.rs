//! Ports that close and open again.

use std::io::ErrorKind;

use tokio::net::TcpStream;

use crate::support::{Client, start};

#[tokio::test]
async fn a_port_closes_and_opens_again() {
    let (simulator, _) = start().await;
    let address = simulator.open_listener().await.expect("a port");
    let client = Client::new(&format!("http://{address}"));
    assert_eq!(client.send("13800000001").await.expect("an answer").1["Code"], "OK");

    simulator.close_listener(address.port()).await.expect("closed");
    let refused = TcpStream::connect(address).await.expect_err("refused");
    assert_eq!(refused.kind(), ErrorKind::ConnectionRefused);
    client.send("13800000002").await.expect_err("the kept connection is gone, too");
    simulator.close_listener(address.port()).await.expect_err("closed already");

    assert_eq!(simulator.reopen_listener(address.port()).await.expect("open"), address);
    assert_eq!(client.send("13800000003").await.expect("an answer").1["Code"], "OK");
    assert_eq!(simulator.missing(&["13800000001", "13800000002", "13800000003"]), ["13800000002"]);
}

#[tokio::test]
async fn dropping_the_simulator_ends_it() {
    let (simulator, client) = start().await;
    let address = simulator.address();
    client.send("13800000001").await.expect("an answer");
    drop(simulator);
    let ends = async { while TcpStream::connect(address).await.is_ok() {} };
    tokio::time::timeout(crate::support::PATIENCE, ends).await.expect("it ends");
}
