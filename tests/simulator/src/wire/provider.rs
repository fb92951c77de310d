//! Which providers there are, and whose door a request is at.

use std::str::FromStr;

use hyper::http::request::Parts;
use serde::de::IntoDeserializer;
use serde::{Deserialize, Serialize};

use super::Wire;

/// A provider (供应商) that the simulator can play.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Provider {
    /// 阿里云短信服务.
    #[default]
    Aliyun,
    /// 华为云消息&短信.
    Huawei,
    /// 梦网云通讯.
    Montnets,
    /// 飞鸽传书.
    Feige,
    /// 京东云短信.
    Jdcloud,
    /// 动力思维乐信.
    Lexin,
    /// 腾讯云短信.
    Tencent,
    /// Twilio Programmable Messaging.
    Twilio,
    /// A plain API of nobody in particular.
    Generic,
}

impl FromStr for Provider {
    type Err = serde::de::value::Error;

    /// By the name that accounts are registered with.
    fn from_str(name: &str) -> Result<Self, Self::Err> {
        Self::deserialize(name.into_deserializer())
    }
}

impl Provider {
    /// All of them; the one that must be fastest to find comes first.
    const ALL: [Self; 9] = [
        Self::Aliyun,
        Self::Huawei,
        Self::Montnets,
        Self::Feige,
        Self::Jdcloud,
        Self::Lexin,
        Self::Tencent,
        Self::Twilio,
        Self::Generic,
    ];

    /// The module that speaks this provider's formats.
    pub(crate) fn wire(self) -> &'static dyn Wire {
        match self {
            Self::Aliyun => &crate::aliyun::Aliyun,
            Self::Huawei => &crate::huawei::Huawei,
            Self::Montnets => &crate::montnets::Montnets,
            Self::Feige => &crate::feige::Feige,
            Self::Jdcloud => &crate::jdcloud::Jdcloud,
            Self::Lexin => &crate::lexin::Lexin,
            Self::Tencent => &crate::tencent::Tencent,
            Self::Twilio => &crate::twilio::Twilio,
            Self::Generic => &crate::generic::Generic,
        }
    }

    /// Whom a request is for, by its head.
    pub(crate) fn of(head: &Parts) -> Option<Self> {
        Self::ALL.into_iter().find(|provider| provider.wire().owns(head))
    }
}
