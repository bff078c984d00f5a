//! Selects one of several GPUs.
//!
//! The globe does not justify waking the dedicated GPU of a laptop, so the integrated one is used unless the user asks
//! for more.

use crate::{
    cli::{GpuChoice, QualityChoice},
    config::Settings,
};
use std::env;
use wgpu::{DeviceType, PowerPreference};

/// Parts of the names of drivers that draw on the CPU.
const SOFTWARE: [&str; 3] = ["llvmpipe", "softpipe", "swiftshader"];

/// Preferences for the adapter.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GpuWish {
    /// Whether the dedicated one is preferred.
    pub fast: bool,
    /// A substring of its name, case-insensitive; other adapters are not used then.
    pub name: Option<String>,
    /// Whether only software rendering is accepted.
    pub software: bool,
}

/// Properties of an adapter that matter for the choice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Candidate {
    pub(super) name: String,
    pub(super) kind: DeviceType,
    pub(super) is_opengl: bool,
}

impl Candidate {
    /// Whether it draws on the CPU. OpenGL does not tell in all cases.
    pub(super) fn is_software(&self) -> bool {
        self.kind == DeviceType::Cpu || SOFTWARE.iter().any(|name| self.name.to_lowercase().contains(name))
    }
}

impl GpuWish {
    /// From `--gpu`, `--quality` and the environment variables of wgpu.
    #[must_use]
    pub fn new(settings: &Settings) -> Self {
        let variable = |name: &str| env::var(name).ok().filter(|value| !value.trim().is_empty());
        let fast = match settings.gpu {
            GpuChoice::LowPower => false,
            GpuChoice::HighPerformance => true,
            GpuChoice::Auto => {
                settings.quality == QualityChoice::High
                    || PowerPreference::from_env() == Some(PowerPreference::HighPerformance)
            }
        };
        let software = variable("WGPU_FORCE_FALLBACK_ADAPTER").is_some_and(|value| value != "0" && value != "false");
        Self { fast, name: variable("WGPU_ADAPTER_NAME"), software }
    }

    /// The candidates to try, in order, as indices into the list.
    #[must_use]
    pub(super) fn order(&self, candidates: &[Candidate]) -> Vec<usize> {
        let name = self.name.as_deref().map(str::to_lowercase);
        let mut order: Vec<usize> = (0..candidates.len())
            .filter(|&index| {
                let candidate = &candidates[index];
                name.as_ref().is_none_or(|name| candidate.name.to_lowercase().contains(name))
                    && (!self.software || candidate.is_software())
            })
            .collect();
        // Keeps the order of the system among adapters of the same kind.
        order.sort_by_key(|&index| self.rank(&candidates[index]));
        order
    }

    /// Smaller is better: the card of OpenGL is below all others, and the CPU below all cards.
    fn rank(&self, candidate: &Candidate) -> (bool, bool, u8) {
        let among_equals = match (candidate.kind, self.fast) {
            (DeviceType::IntegratedGpu, false) | (DeviceType::DiscreteGpu, true) => 0,
            (DeviceType::IntegratedGpu, true) | (DeviceType::DiscreteGpu, false) => 1,
            (DeviceType::VirtualGpu, _) => 2,
            (DeviceType::Other, _) => 3,
            (DeviceType::Cpu, _) => 4,
        };
        (candidate.is_software(), candidate.is_opengl, among_equals)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{cli::GlobalArgs, files::Directories};

    fn candidates(list: &[(&str, DeviceType)]) -> Vec<Candidate> {
        list.iter().map(|&(name, kind)| Candidate { name: name.to_owned(), kind, is_opengl: false }).collect()
    }

    fn first<'a>(wish: &GpuWish, list: &[(&'a str, DeviceType)]) -> Option<&'a str> {
        wish.order(&candidates(list)).first().map(|&index| list[index].0)
    }

    const LAPTOP: [(&str, DeviceType); 3] = [
        ("NVIDIA GeForce RTX 4060 Laptop GPU", DeviceType::DiscreteGpu),
        ("Intel(R) Graphics (ADL GT2)", DeviceType::IntegratedGpu),
        ("llvmpipe (LLVM 15.0.6, 256 bits)", DeviceType::Cpu),
    ];

    #[test]
    fn a_laptop_draws_on_its_integrated_processor_unless_asked() {
        assert_eq!(first(&GpuWish::default(), &LAPTOP), Some(LAPTOP[1].0));
        assert_eq!(first(&GpuWish { fast: true, ..GpuWish::default() }, &LAPTOP), Some(LAPTOP[0].0));
        assert_eq!(first(&GpuWish { software: true, ..GpuWish::default() }, &LAPTOP), Some(LAPTOP[2].0));
    }

    #[test]
    fn the_cpu_draws_only_where_nothing_else_can() {
        let desktop = [LAPTOP[2], LAPTOP[0]];
        assert_eq!(first(&GpuWish::default(), &desktop), Some(LAPTOP[0].0));
        for other in [DeviceType::Other, DeviceType::VirtualGpu, DeviceType::IntegratedGpu] {
            assert_eq!(first(&GpuWish::default(), &[LAPTOP[2], ("x", other)]), Some("x"), "{other:?}");
        }
        assert_eq!(first(&GpuWish::default(), &LAPTOP[2..]), Some(LAPTOP[2].0));
        assert_eq!(first(&GpuWish::default(), &[]), None);
    }

    #[test]
    fn all_are_tried_in_order_and_of_one_kind_the_first_one_first() {
        let list = [
            ("a", DeviceType::Cpu),
            ("b", DeviceType::DiscreteGpu),
            ("c", DeviceType::VirtualGpu),
            ("d", DeviceType::DiscreteGpu),
            ("e", DeviceType::IntegratedGpu),
        ];
        assert_eq!(GpuWish::default().order(&candidates(&list)), [4, 1, 3, 2, 0]);
        assert_eq!(GpuWish { fast: true, ..GpuWish::default() }.order(&candidates(&list)), [1, 3, 4, 2, 0]);
        let unusual = [("a", DeviceType::Cpu), ("b", DeviceType::Other), ("c", DeviceType::VirtualGpu)];
        assert_eq!(GpuWish::default().order(&candidates(&unusual)), [2, 1, 0]);
    }

    #[test]
    fn opengl_draws_with_a_card_before_vulkan_draws_on_the_cpu() {
        let opengl = |name: &str, kind| Candidate { name: name.to_owned(), kind, is_opengl: true };
        let card = opengl("Mesa Intel(R) HD Graphics 3000 (SNB GT2)", DeviceType::IntegratedGpu);
        let unknown = opengl("virgl (NVIDIA GeForce)", DeviceType::Other);
        let cpu = opengl("softpipe", DeviceType::Other);
        let mut all = candidates(&LAPTOP[1..]);
        all.extend([cpu, unknown, card]);
        let names = |wish: &GpuWish| wish.order(&all).into_iter().map(|it| all[it].name.as_str()).collect::<Vec<_>>();
        let [vulkan, llvmpipe] = [LAPTOP[1].0, LAPTOP[2].0];
        let opengl = ["Mesa Intel(R) HD Graphics 3000 (SNB GT2)", "virgl (NVIDIA GeForce)"];
        assert_eq!(names(&GpuWish::default()), [vulkan, opengl[0], opengl[1], llvmpipe, "softpipe"]);
        assert_eq!(names(&GpuWish { software: true, ..GpuWish::default() }), [llvmpipe, "softpipe"]);
    }

    #[test]
    fn high_quality_asks_for_the_fast_one_unless_another_is_chosen() {
        let wish = |gpu| {
            let flags = GlobalArgs { quality: Some(QualityChoice::High), gpu, ..GlobalArgs::default() };
            GpuWish::new(&Settings::load(&flags, Directories::default()).expect("settings"))
        };
        assert!(wish(None).fast && wish(Some(GpuChoice::HighPerformance)).fast);
        assert!(!wish(Some(GpuChoice::LowPower)).fast);
    }

    #[test]
    fn a_name_leaves_no_other() {
        let wish = |name: &str| GpuWish { name: Some(name.to_owned()), ..GpuWish::default() };
        assert_eq!(first(&wish("geforce"), &LAPTOP), Some(LAPTOP[0].0));
        assert_eq!(first(&wish("Radeon"), &LAPTOP), None);
    }
}
