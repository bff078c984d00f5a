//! The rows of a scenario file as TOML has them, before they are checked. Each key is explained in
//! `data/scenarios/README.md`.

use crate::model::Protocol;
use serde::Deserialize;
use std::collections::BTreeMap;
use toml::Spanned;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct File {
    pub(super) title: Spanned<String>,
    pub(super) title_de: Option<Spanned<String>>,
    pub(super) title_es: Option<Spanned<String>>,
    pub(super) begins: Option<Spanned<String>>,
    pub(super) repeats_s: Option<Spanned<f64>>,
    #[serde(default)]
    pub(super) programs: BTreeMap<String, Spanned<ProgramRow>>,
    #[serde(default)]
    pub(super) operators: BTreeMap<String, Spanned<OperatorRow>>,
    #[serde(default)]
    pub(super) cities: BTreeMap<String, Spanned<CityRow>>,
    #[serde(default)]
    pub(super) connections: Vec<Spanned<ConnectionRow>>,
    #[serde(default)]
    pub(super) listeners: Vec<Spanned<ListenerRow>>,
    #[serde(default)]
    pub(super) captions: Vec<Spanned<CaptionRow>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ProgramRow {
    pub(super) pid: u32,
    pub(super) path: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct OperatorRow {
    pub(super) asn: u32,
    pub(super) name: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CityRow {
    pub(super) country: String,
    pub(super) lat: f64,
    pub(super) lng: f64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ConnectionRow {
    pub(super) program: Option<Spanned<String>>,
    pub(super) peer: Spanned<String>,
    #[serde(default)]
    pub(super) operators: Vec<Spanned<String>>,
    #[serde(default)]
    pub(super) anycast: bool,
    #[serde(default)]
    pub(super) nearby: bool,
    #[serde(default)]
    pub(super) silent: bool,
    pub(super) via: Option<Spanned<String>>,
    #[serde(default)]
    pub(super) protocol: ProtocolName,
    #[serde(default)]
    pub(super) direction: DirectionName,
    pub(super) port: Option<u16>,
    pub(super) ports: Option<Spanned<(u16, u16)>>,
    pub(super) count: Option<Spanned<u64>>,
    #[serde(default)]
    pub(super) always: bool,
    pub(super) period_s: Option<Spanned<f64>>,
    pub(super) open_share: Option<Spanned<(f64, f64)>>,
    pub(super) tab: Option<u64>,
    pub(super) from_s: Option<Spanned<f64>>,
    pub(super) for_s: Option<Spanned<f64>>,
    pub(super) spread_s: Option<Spanned<f64>>,
    pub(super) traffic: Spanned<FlowName>,
    pub(super) bytes_per_sec: Option<Spanned<f64>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ListenerRow {
    pub(super) program: Spanned<String>,
    #[serde(default)]
    pub(super) protocol: ProtocolName,
    pub(super) port: u16,
    #[serde(default)]
    pub(super) local: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CaptionRow {
    pub(super) at_s: Spanned<f64>,
    pub(super) text: Spanned<String>,
    pub(super) text_de: Option<Spanned<String>>,
    pub(super) text_es: Option<Spanned<String>>,
}

#[derive(Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum ProtocolName {
    #[default]
    Tcp,
    Udp,
}

#[derive(Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum DirectionName {
    #[default]
    Out,
    In,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum FlowName {
    Page,
    Words,
    Download,
    Upload,
    Both,
    None,
}

impl From<ProtocolName> for Protocol {
    fn from(name: ProtocolName) -> Self {
        match name {
            ProtocolName::Tcp => Self::Tcp,
            ProtocolName::Udp => Self::Udp,
        }
    }
}
