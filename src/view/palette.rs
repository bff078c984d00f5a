//! Stub.
use crate::model::Owner;
/// .
#[must_use] pub fn process_color(owner: &Owner) -> [u8;3] { match owner.process() { Some(p) => [[80,220,200],[255,180,80],[190,150,255],[110,190,255]][p.name.len()%4], None => [130,150,180] } }
/// .
#[must_use] pub fn remote_color(c: [u8;3]) -> [u8;3] { c.map(|v| v.saturating_add(40)) }
