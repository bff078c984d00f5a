//! The home of a list of the past.

use super::Listing;
use crate::{geo::Home, sampler::SamplerMessage, stage::Mask};

impl Listing<'_> {
    /// The past has a home of its own.
    pub(super) fn follow_home(&mut self, message: &SamplerMessage) {
        if let Some(then) = &message.report.home {
            let home = Home::from_record(then);
            self.home = match self.mask {
                Some(_) => home.as_ref().and_then(Mask::home),
                None => home,
            };
        }
    }
}
