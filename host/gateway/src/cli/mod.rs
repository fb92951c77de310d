//! The command line: one file for each subcommand.

mod account;
mod admin;
mod application;
mod blocklist;
mod caller;
mod channel;
mod compile_plugin;
mod completions;
mod config;
mod inbound_route;
mod migrate;
mod node;
mod open;
mod output;
mod pair;
mod parked;
mod plugin;
mod provider;
mod routing;
mod send;
mod serve;
mod server;
mod settings;
mod sign_name;
mod status;
mod table;
mod template;
mod webhook;

use clap::{CommandFactory as _, Parser, Subcommand};
use std::path::PathBuf;
use std::process::ExitCode;

/// Jixinda (集信达): an SMS aggregation gateway. Applications speak one HTTP API; providers are sandboxed WebAssembly components.
#[derive(Parser)]
#[command(name = "jixinda", version, propagate_version = true)]
struct Cli {
    /// Configuration file; what it leaves out has the defaults of config.default.toml, and JIXINDA__SECTION__KEY outranks it.
    #[arg(long, global = true, env = "JIXINDA_CONFIG")]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run the gateway.
    Serve(serve::Args),
    /// Bring the store's schema up to date and stop.
    Migrate,
    /// Send one text as an application does.
    Send(send::Args),
    /// Where one message stands, and what happened to it.
    Status(status::Args),
    /// Tokens of the admin API, made directly in the store of this machine.
    #[command(subcommand)]
    Admin(admin::Command),
    /// Applications (应用) and their access keys.
    Application(application::Args),
    /// Accounts (账号) at providers.
    Account(account::Args),
    /// Channels (通道) and what they may carry.
    Channel(channel::Args),
    /// Templates (模板).
    Template(template::Args),
    /// Sign names (短信签名).
    SignName(sign_name::Args),
    /// Numbers that nothing is sent to (黑名单).
    Blocklist(blocklist::Args),
    /// People who want no more advertising (退订).
    OptOut(blocklist::OptOutArgs),
    /// Whose inbound texts (上行) are.
    InboundRoute(inbound_route::Args),
    /// Messages that wait for a person (人工处理).
    Parked(parked::Args),
    /// Webhooks: where applications are told, and what they were told.
    Webhook(webhook::Args),
    /// How channels are chosen.
    #[command(subcommand)]
    Routing(routing::Command),
    /// Nodes: the processes that share the store.
    Node(node::Args),
    /// Providers: which plugins serve, and what became of each file.
    Provider(provider::Args),
    /// Check, install, roll back and pack provider components.
    #[command(subcommand)]
    Plugin(plugin::Command),
    /// Print the configuration in force.
    Config(config::Args),
    /// Print what a shell completes after `jixinda`.
    Completions(completions::Args),
    /// Compile one component from standard input to standard output: what the gateway runs as its child.
    #[command(hide = true)]
    CompilePlugin,
}

/// Runs the program.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    let config = cli.config.as_deref();
    let done = match cli.command {
        Command::CompilePlugin => return compile_plugin::run(),
        Command::Serve(args) => serve::run(config, args),
        Command::Migrate => migrate::run(config),
        Command::Send(args) => send::run(args),
        Command::Status(args) => status::run(args),
        Command::Completions(args) => completions::run(&args, Cli::command()),
        Command::Admin(command) => admin::run(config, command),
        Command::Application(args) => application::run(args),
        Command::Account(args) => account::run(args),
        Command::Channel(args) => channel::run(args),
        Command::Template(args) => template::run(args),
        Command::SignName(args) => sign_name::run(args),
        Command::Blocklist(args) => blocklist::run(args),
        Command::OptOut(args) => blocklist::run_opt_out(args),
        Command::InboundRoute(args) => inbound_route::run(args),
        Command::Parked(args) => parked::run(args),
        Command::Webhook(args) => webhook::run(args),
        Command::Routing(command) => routing::run(config, command),
        Command::Node(args) => node::run(args),
        Command::Provider(args) => provider::run(args),
        Command::Plugin(command) => plugin::run(config, command),
        Command::Config(args) => config::run(config, &args),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            output::complain(&format!("{error:#}"));
            ExitCode::FAILURE
        }
    }
}
