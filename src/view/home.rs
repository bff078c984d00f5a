//! The location from which arcs start.

use crate::{
    geo::{Home, HomeMissing},
    language::t,
    stage::Mask,
};
use bevy::{math::Vec3, prelude::Resource};

/// The current home, or why there is none.
#[derive(Resource, Clone, Debug, PartialEq)]
pub struct HomeInForce {
    /// The home.
    pub home: Option<Home>,
    /// Why there is none; empty if there is one.
    pub missing: String,
}

impl HomeInForce {
    /// In the middle of its country, see [`Mask::home`].
    #[must_use]
    pub fn masked(&self) -> Self {
        match &self.home {
            None => Self { home: None, missing: self.missing.clone() },
            Some(home) => match Mask::home(home) {
                None => Self { home: None, missing: t!("stage-home-hidden").to_owned() },
                masked => Self { home: masked, missing: String::new() },
            },
        }
    }

    /// Unit vector of home; `None` if it is unknown.
    #[must_use]
    pub fn direction(&self) -> Option<Vec3> {
        self.home.as_ref().map(|home| home.position.to_unit().as_vec3())
    }
}

impl Default for HomeInForce {
    fn default() -> Self {
        Self { home: None, missing: t!("panels-home-not-set").to_owned() }
    }
}

impl From<Result<Home, HomeMissing>> for HomeInForce {
    fn from(home: Result<Home, HomeMissing>) -> Self {
        match home {
            Ok(home) => Self { home: Some(home), missing: String::new() },
            Err(missing) => Self { home: None, missing: missing.to_string() },
        }
    }
}
