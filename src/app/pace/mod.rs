//! How often and how well a frame is drawn: power, battery, the CPU limit, and the quality that is chosen automatically.

pub(in crate::app) mod auto_quality;
pub(in crate::app) mod battery;
pub(in crate::app) mod cpu_limit;
pub(in crate::app) mod power;
