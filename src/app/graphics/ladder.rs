//! The order in which adapters are tried: first those that draw with a graphics card, by Vulkan, Metal or DirectX, then
//! by OpenGL; then those that draw on the CPU, in the same order of interfaces. An adapter that fails is not tried again.
//!
//! OpenGL is started only when it is needed: that takes time, and where there is a driver for Vulkan, too, it is the worse
//! one. An old graphics card or a virtual machine may have no other driver.

use super::{
    Adapter, NoAdapter, OwnedDisplay,
    adapter::{adapters_of, none_wished, nothing_installed},
    backends::backends,
    choice::{Candidate, GpuWish},
};
use crate::{globe::quality::AdapterKind, language::t};
#[cfg(target_os = "linux")]
use raw_window_handle::{HasDisplayHandle as _, RawDisplayHandle};
use std::{collections::VecDeque, env, path::Path};
use wgpu::{Backends, Instance};

/// Where Linux shows graphics cards: those of its own drivers, of NVIDIA's, and of a Windows that it runs on.
const CARDS: [&str; 3] = ["/dev/dri", "/dev/nvidia0", "/dev/dxg"];

/// The adapters that are left to try, the best first; see the module documentation.
#[derive(Debug)]
pub(in crate::app) struct Ladder {
    wish: GpuWish,
    /// What OpenGL must know to draw on windows.
    display: Option<OwnedDisplay>,
    rest: VecDeque<Adapter>,
    /// Whether OpenGL may be used, and has not been started.
    has_unused_opengl: bool,
    /// All that have been found, for the error if none of them is wished.
    found: Vec<Candidate>,
    /// Why the adapters that have been tried do not draw.
    failures: Vec<String>,
    /// The error of the first of them that could not be opened.
    refusal: Option<NoAdapter>,
}

impl Ladder {
    /// Looks for adapters. OpenGL can draw on windows of `display`, or on none.
    ///
    /// # Errors
    /// If `WGPU_BACKEND` asks for something that is not built in.
    pub(in crate::app) fn new(wish: GpuWish, display: Option<OwnedDisplay>) -> Result<Self, NoAdapter> {
        let variable = env::var("WGPU_BACKEND").ok();
        let backends = backends(variable.as_deref(), Instance::enabled_backend_features())?;
        let mut ladder = Self {
            wish,
            display,
            rest: VecDeque::new(),
            has_unused_opengl: backends.contains(Backends::GL),
            found: Vec::new(),
            failures: Vec::new(),
            refusal: None,
        };
        ladder.add(backends - Backends::GL);
        Ok(ladder)
    }

    /// Looks for adapters of these interfaces.
    fn add(&mut self, backends: Backends) {
        if backends.is_empty() {
            return;
        }
        let display = self.display.clone().filter(|_| backends.contains(Backends::GL));
        if display.as_ref().is_some_and(lacks_library) {
            self.failures.push(t!("graphics-no-wayland-egl").to_owned());
            return;
        }
        let mut all: Vec<Adapter> = self.rest.drain(..).collect();
        let (unfinished, new): (Vec<Adapter>, Vec<Adapter>) =
            adapters_of(backends, display).into_iter().partition(Adapter::is_unfinished);
        let told = unfinished.iter().map(|it| t!("graphics-unfinished", adapter = it.name.as_str()));
        self.failures.extend(told);
        self.found.extend(new.iter().map(Adapter::candidate));
        all.extend(new);
        let candidates: Vec<Candidate> = all.iter().map(Adapter::candidate).collect();
        self.rest = self.wish.order(&candidates).into_iter().map(|index| all[index].clone()).collect();
    }

    /// The next adapter that passes the check and can be opened. What the check finds wrong is noted as a failure.
    ///
    /// # Errors
    /// If there is none; what is wrong with the first one, if it could not be opened.
    pub(in crate::app) fn next_that(
        &mut self,
        check: impl Fn(&Adapter) -> Result<(), String>,
    ) -> Result<Adapter, NoAdapter> {
        while let Some(adapter) = self.next() {
            if let Err(why) = check(&adapter) {
                self.failures.push(why);
                continue;
            }
            match adapter.try_to_open() {
                Ok(()) => return Ok(adapter),
                Err(error) => {
                    self.failures.push(error.reason().to_owned());
                    self.refusal.get_or_insert(error);
                }
            }
        }
        Err(self.refusal.clone().unwrap_or_else(|| self.why_empty()))
    }

    /// Notes that an adapter has failed while it was in use.
    pub(in crate::app) fn note_failure(&mut self, why: String) {
        if !self.failures.contains(&why) {
            self.failures.push(why);
        }
    }

    /// Looks for adapters from the start, since there may be others by now; the best of them that can be opened.
    ///
    /// # Errors
    /// If there is none.
    pub(super) fn again(&self) -> Result<(Adapter, Self), NoAdapter> {
        let mut ladder = Self::new(self.wish.clone(), self.display.clone())?;
        let best = ladder.next_that(|_| Ok(()))?;
        Ok((best, ladder))
    }

    /// Whether an adapter was tried that does not draw.
    pub(in crate::app) fn has_failures(&self) -> bool {
        !self.failures.is_empty()
    }

    /// Why this adapter draws, and none before it; `None` if none before it could be expected to.
    pub(in crate::app) fn why(&self, adapter: &Adapter) -> Option<String> {
        let mut reasons = self.failures.clone();
        let is_unusual = adapter.is_opengl() && !self.found.iter().any(|it| !it.is_opengl && !it.is_software());
        let is_chosen = env::var("WGPU_BACKEND").is_ok_and(|value| !value.trim().is_empty());
        if is_unusual && reasons.is_empty() && !is_chosen {
            let has_vulkan = self.found.iter().any(|it| !it.is_opengl);
            reasons.push(if has_vulkan { t!("graphics-no-vulkan-card") } else { t!("graphics-no-vulkan") }.to_owned());
        }
        (!reasons.is_empty())
            .then(|| t!("graphics-stepped-down", adapter = adapter.name.as_str(), why = reasons.join("; ")))
    }

    /// The adapters that follow, as far as they are known without starting OpenGL.
    pub(in crate::app) fn rest(&self) -> impl Iterator<Item = &Adapter> {
        self.rest.iter()
    }

    fn why_empty(&self) -> NoAdapter {
        match &*self.failures {
            [] if self.found.is_empty() => nothing_installed(),
            [] => none_wished(&self.wish, &self.found),
            failures => nothing_installed().after(failures),
        }
    }
}

impl Iterator for Ladder {
    type Item = Adapter;

    fn next(&mut self) -> Option<Adapter> {
        let is_opengl_needed = self.rest.front().is_none_or(|best| {
            // Without a graphics card OpenGL draws on the CPU, too.
            best.kind == AdapterKind::Software && !self.wish.software && has_card()
        });
        if is_opengl_needed && std::mem::take(&mut self.has_unused_opengl) {
            self.add(Backends::GL);
        }
        self.rest.pop_front()
    }
}

/// Whether this system shows a graphics card, or cannot tell.
fn has_card() -> bool {
    !cfg!(target_os = "linux") || CARDS.iter().any(|path| Path::new(path).exists())
}

/// Whether this is a display of Wayland without the library that OpenGL needs there.
#[cfg(target_os = "linux")]
fn lacks_library(display: &OwnedDisplay) -> bool {
    let handle = display.display_handle();
    let is_wayland = handle.is_ok_and(|handle| matches!(handle.as_raw(), RawDisplayHandle::Wayland(_)));
    is_wayland && !wayland_sys::egl::is_lib_available()
}

#[cfg(not(target_os = "linux"))]
fn lacks_library(_: &OwnedDisplay) -> bool {
    false
}
