//! Selects graphics APIs: all that are built in, or those in `WGPU_BACKEND`.

use super::NoAdapter;
use wgpu::Backends;

/// APIs that this program supports, with their names.
const KNOWN: [(Backends, &str); 4] =
    [(Backends::VULKAN, "vulkan"), (Backends::METAL, "metal"), (Backends::DX12, "dx12"), (Backends::GL, "gl")];

/// The APIs in `WGPU_BACKEND` that are built in; all if it is empty.
///
/// # Errors
/// What is wrong and what to do, if none of them is built in.
pub(super) fn backends(variable: Option<&str>, built_in: Backends) -> Result<Backends, NoAdapter> {
    let all = KNOWN.into_iter().filter(|(backend, _)| built_in.contains(*backend));
    let usable = all.clone().fold(Backends::empty(), |usable, (backend, _)| usable | backend);
    let Some(text) = variable.map(str::trim).filter(|text| !text.is_empty()) else { return Ok(usable) };
    let wanted = Backends::from_comma_list(text) & usable;
    if wanted.is_empty() {
        let names: Vec<&str> = all.map(|(_, name)| name).collect();
        let names = names.join(" or ");
        let reason = format!("WGPU_BACKEND is {text:?}, but this program supports {names} only");
        return Err(NoAdapter::new(reason, format!("unset WGPU_BACKEND, or set it to {names}")));
    }
    Ok(wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_variable_asks_for_nothing_and_a_wrong_one_is_named() {
        let linux = Backends::VULKAN | Backends::GL;
        for (variable, backends_asked) in [
            (None, Some(linux)),
            (Some(""), Some(linux)),
            (Some("  "), Some(linux)),
            (Some("VK"), Some(Backends::VULKAN)),
            (Some("gl, vulkan"), Some(linux)),
            (Some("gl"), Some(Backends::GL)),
            (Some("dx12"), None),
            (Some("nonsense"), None),
            (Some(","), None),
        ] {
            assert_eq!(backends(variable, linux).ok(), backends_asked, "{variable:?}");
        }
        let error = backends(Some("metal"), linux).expect_err("not built in");
        assert!(error.reason().contains("WGPU_BACKEND is \"metal\"") && error.reason().contains("vulkan or gl"));
        assert!(error.remedy().contains("unset WGPU_BACKEND"), "{error}");
    }

    #[test]
    fn what_is_built_in_is_asked_for() {
        let windows = Backends::VULKAN | Backends::DX12;
        assert_eq!(backends(Some("d3d12"), windows).ok(), Some(Backends::DX12));
        assert_eq!(backends(None, windows).ok(), Some(windows));
    }
}
