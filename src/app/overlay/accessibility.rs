//! Screen readers and other assistive technology, by `AccessKit`: the tree of the panels, and what is requested of them.
//!
//! The tree is built only while somebody asks for it, because it costs time in every frame. While nobody does, an update of the
//! window library's adapter does not call back; while somebody does, frames come often enough to answer.

use crate::app::Repaint;
use bevy::{
    a11y::{AccessibilityRequested, ActionRequest, ManageAccessibilityUpdates},
    ecs::system::NonSendMarker,
    prelude::*,
    window::PrimaryWindow,
    winit::accessibility::ACCESS_KIT_ADAPTERS,
};
use bevy_egui::{
    EguiContext, EguiInput, EguiOutput, EguiPostUpdateSet, EguiPreUpdateSet, PrimaryEguiContext,
    egui::{
        Event,
        accesskit::{Node, NodeId, Role, Tree, TreeId, TreeUpdate},
    },
};

/// Whether assistive technology is listening.
#[derive(Resource, Debug, Default)]
pub(in crate::app) struct Assisted {
    /// Whether it was in the last frame.
    pub(in crate::app) is_on: bool,
}

pub(in crate::app) fn plugin(app: &mut App) {
    app.init_resource::<Assisted>()
        .add_systems(PreUpdate, pass_requests.after(EguiPreUpdateSet::ProcessInput).before(EguiPreUpdateSet::BeginPass))
        .add_systems(PostUpdate, give_tree.after(EguiPostUpdateSet::ProcessOutput));
}

/// Passes on what is requested to the panels.
fn pass_requests(
    mut requests: MessageReader<'_, '_, ActionRequest>,
    mut inputs: Query<'_, '_, &mut EguiInput, With<PrimaryEguiContext>>,
    mut repaint: ResMut<'_, Repaint>,
) {
    for request in requests.read() {
        repaint.0 = true;
        for mut input in &mut inputs {
            input.0.events.push(Event::AccessKitActionRequest(request.0.clone()));
        }
    }
}

/// Gives the tree of the panels to whoever listens.
fn give_tree(
    requested: Res<'_, AccessibilityRequested>,
    mut managed: ResMut<'_, ManageAccessibilityUpdates>,
    mut assisted: ResMut<'_, Assisted>,
    windows: Query<'_, '_, Entity, With<PrimaryWindow>>,
    mut contexts: Query<'_, '_, (&mut EguiContext, &EguiOutput), With<PrimaryEguiContext>>,
    mut repaint: ResMut<'_, Repaint>,
    _main_thread: NonSendMarker,
) {
    if !requested.get() {
        return;
    }
    let (Ok(window), Ok((mut context, output))) = (windows.single(), contexts.single_mut()) else { return };
    managed.set(false);
    let mut is_on = false;
    ACCESS_KIT_ADAPTERS.with_borrow_mut(|adapters| {
        if let Some(adapter) = adapters.get_mut(&window) {
            adapter.update_if_active(|| {
                is_on = true;
                // In the first frame the panels have no tree yet.
                named(output.platform_output.accesskit_update.clone().unwrap_or_else(empty_tree))
            });
        }
    });
    if is_on != assisted.is_on {
        assisted.is_on = is_on;
        if is_on {
            context.get_mut().enable_accesskit();
        } else {
            context.get_mut().disable_accesskit();
        }
        repaint.0 = true;
    }
}

/// The tree with the name of the window.
fn named(mut update: TreeUpdate) -> TreeUpdate {
    if let Some(root) = update.tree.as_ref().map(|tree| tree.root)
        && let Some((_, window)) = update.nodes.iter_mut().find(|(id, _)| *id == root)
    {
        window.set_label("netglobe");
    }
    update
}

/// A window without contents.
fn empty_tree() -> TreeUpdate {
    let root = NodeId(0);
    TreeUpdate {
        nodes: vec![(root, Node::new(Role::Window))],
        tree: Some(Tree::new(root)),
        tree_id: TreeId::ROOT,
        focus: root,
    }
}
