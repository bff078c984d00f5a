//! Systems that touch the same things run in an order that is written down: otherwise the next release of the engine, or
//! another system, may change it, and with it the picture.

use super::{Adapter, GpuWish, Mode, add_engine, add_globe, begin, quality_for};
use crate::cli::QualityChoice;
use bevy::{
    ecs::schedule::{LogLevel, ScheduleBuildSettings, ScheduleBuildWarning},
    prelude::*,
    render::{MainWorld, RenderApp},
};
use std::{
    any::TypeId,
    collections::{BTreeSet, HashMap},
};

/// The types of all systems of a world.
fn systems(world: &mut World) -> Vec<TypeId> {
    let mut all = Vec::new();
    // Systems that copy from one world to the other look for it.
    world.init_resource::<MainWorld>();
    world.resource_scope(|world, mut schedules: Mut<'_, Schedules>| {
        for (_, schedule) in schedules.iter_mut() {
            if schedule.initialize(world).is_ok()
                && let Ok(systems) = schedule.systems()
            {
                all.extend(systems.map(|(_, system)| system.system_type()));
            }
        }
    });
    all
}

/// The pairs of systems of a world that touch the same things in no order, and are not of the engine.
fn unordered(world: &mut World, of_engine: &[TypeId]) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    world.init_resource::<MainWorld>();
    world.resource_scope(|world, mut schedules: Mut<'_, Schedules>| {
        for (label, schedule) in schedules.iter_mut() {
            schedule.set_build_settings(ScheduleBuildSettings {
                ambiguity_detection: LogLevel::Warn,
                hierarchy_detection: LogLevel::Ignore,
                ..default()
            });
            let metadata = schedule.initialize(world).expect("a schedule without circles").expect("not built before");
            let systems: HashMap<_, _> = schedule.systems().expect("initialised").collect();
            for warning in metadata.warnings {
                let ScheduleBuildWarning::Ambiguity(conflicts) = warning else { continue };
                for (a, b, on) in &conflicts.0.0 {
                    let both = [systems[a], systems[b]];
                    if both.iter().all(|system| !of_engine.contains(&system.system_type())) {
                        let on: Vec<_> = on.iter().map(|id| world.components().get_name(*id)).collect();
                        found
                            .insert(format!("{label:?}: {:?} on {on:?}", both.map(|system| system.name().to_string())));
                    }
                }
            }
        }
    });
    found
}

#[test]
fn systems_that_touch_the_same_things_have_an_order() {
    let Ok(adapter) = Adapter::find(&GpuWish::default()) else { return };
    let mut engine = begin(Mode::OffScreen, 0);
    add_engine(&mut engine, adapter.open().expect("a device"));
    engine.finish();
    let mut of_engine = systems(engine.world_mut());
    of_engine.extend(systems(engine.sub_app_mut(RenderApp).world_mut()));
    assert!(of_engine.len() > 100, "{}", of_engine.len());

    let mut whole = begin(Mode::OffScreen, 0);
    add_engine(&mut whole, adapter.open().expect("a device"));
    add_globe(&mut whole, &adapter, quality_for(QualityChoice::Low, &adapter));
    whole.finish();
    let mut unordered_here = unordered(whole.world_mut(), &of_engine);
    unordered_here.extend(unordered(whole.sub_app_mut(RenderApp).world_mut(), &of_engine));
    assert!(
        unordered_here.is_empty(),
        "{} (with --features bevy/debug they have names): {unordered_here:#?}",
        unordered_here.len()
    );
}
