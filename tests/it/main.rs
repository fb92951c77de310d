//! Integration tests: one binary, one folder for each part of the gateway, one file for each area of behaviour.

mod gateway;
mod providers;
mod runtime;
mod support;
