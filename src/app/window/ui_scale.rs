//! Size of texts, panels and lines relative to what the desktop asks for, from 0.75 to 2.5.

use crate::app::Repaint;
use bevy::{prelude::*, window::PrimaryWindow};

/// The sizes to choose from.
const STEPS: [f32; 8] = [0.75, 1.0, 1.25, 1.5, 1.75, 2.0, 2.25, 2.5];

/// See the module documentation.
#[derive(Resource, Clone, Copy, Debug, PartialEq)]
pub(in crate::app) struct UiScale {
    scale: f32,
    /// At the start of the program.
    usual: f32,
}

impl UiScale {
    /// A size, which is also the usual one.
    pub(in crate::app) fn new(scale: f32) -> Self {
        let scale = scale.clamp(STEPS[0], STEPS[STEPS.len() - 1]);
        Self { scale, usual: scale }
    }

    /// Goes to the next larger or smaller size, so many times; 0 goes back to the usual one.
    pub(in crate::app) fn change(&mut self, steps: i8) {
        if steps == 0 {
            self.scale = self.usual;
        }
        for _ in 0..steps.unsigned_abs() {
            let other = if steps > 0 {
                STEPS.iter().find(|step| **step > self.scale + 0.01)
            } else {
                STEPS.iter().rev().find(|step| **step < self.scale - 0.01)
            };
            self.scale = other.copied().unwrap_or(self.scale);
        }
    }
}

/// Applies the size to the window, also when it moves to a monitor with another scale.
pub(in crate::app) fn apply_ui_scale(
    scale: Res<'_, UiScale>,
    mut windows: Query<'_, '_, &mut Window, With<PrimaryWindow>>,
    mut repaint: ResMut<'_, Repaint>,
) {
    for mut window in &mut windows {
        let wanted = (scale.scale != 1.0).then(|| window.resolution.base_scale_factor() * scale.scale);
        // The window is shown once its size is known.
        if window.visible && window.resolution.scale_factor_override() != wanted {
            window.resolution.set_scale_factor_override(wanted);
            repaint.0 = true;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_go_up_and_down_between_their_limits() {
        let mut scale = UiScale::new(1.1);
        scale.change(1);
        assert_eq!(scale.scale, 1.25);
        scale.change(100);
        assert_eq!(scale.scale, 2.5);
        scale.change(-100);
        assert_eq!(scale.scale, 0.75);
        scale.change(0);
        assert_eq!(scale.scale, 1.1);
        assert_eq!(UiScale::new(9.0).scale, 2.5);
    }
}
