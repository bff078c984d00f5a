//! Composes `shaders/*.wgsl` to validated naga modules like Bevy does: with imports by name, using naga_oil.

use naga::{
    Module,
    valid::{Capabilities, ValidationFlags, Validator},
};
use naga_oil::compose::{
    ComposableModuleDescriptor, Composer, ComposerError, NagaModuleDescriptor, ShaderLanguage, ShaderType,
};
use std::{fs, path::PathBuf};

/// File name and source of each shader, sorted by name.
pub fn sources() -> Vec<(String, String)> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("shaders");
    let mut files: Vec<_> = fs::read_dir(folder)
        .expect("the folder of shaders")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "wgsl"))
        .map(|path| {
            let name = path.file_name().expect("a name").to_string_lossy().into_owned();
            (name, fs::read_to_string(&path).expect("readable text"))
        })
        .collect();
    files.sort();
    files
}

/// The source of a shader.
pub fn source(name: &str) -> String {
    sources().into_iter().find(|(file, _)| file == name).unwrap_or_else(|| panic!("no shader {name}")).1
}

/// A validated module with all imports, or a readable error.
pub fn compose(name: &str, text: &str) -> Result<Module, String> {
    let mut composer = Composer::default();
    let mut waiting: Vec<_> = sources().into_iter().filter(|(_, text)| import_path(text).is_some()).collect();
    // A module is added after its imports; if a round adds none, one of them is invalid.
    while !waiting.is_empty() {
        let (ready, rest): (Vec<_>, Vec<_>) = waiting
            .into_iter()
            .partition(|(_, text)| imports(text).iter().all(|import| composer.contains_module(import)));
        if ready.is_empty() {
            return Err(format!("imports that nothing defines in {:?}", rest.iter().map(|f| &f.0).collect::<Vec<_>>()));
        }
        for (file, text) in ready {
            let module = ComposableModuleDescriptor {
                source: &text,
                file_path: &file,
                language: ShaderLanguage::Wgsl,
                ..Default::default()
            };
            if let Err(error) = composer.add_composable_module(module).map(drop) {
                return Err(shown(&composer, &error));
            }
        }
        waiting = rest;
    }
    let module = composer
        .make_naga_module(NagaModuleDescriptor {
            source: text,
            file_path: name,
            shader_type: ShaderType::Wgsl,
            ..Default::default()
        })
        .map_err(|error| shown(&composer, &error))?;
    // No capabilities, so that valid shaders run on all backends.
    Validator::new(ValidationFlags::all(), Capabilities::empty())
        .validate(&module)
        .map_err(|error| format!("{name}: {}", error.emit_to_string(text)))?;
    Ok(module)
}

/// Like [`compose`], for a file that must be valid.
pub fn composed(name: &str) -> Module {
    compose(name, &source(name)).unwrap_or_else(|error| panic!("{error}"))
}

/// The import name of a shader, if it has one.
pub fn import_path(text: &str) -> Option<&str> {
    text.lines().find_map(|line| line.strip_prefix("#define_import_path ")).map(str::trim)
}

fn imports(text: &str) -> Vec<String> {
    text.lines()
        .filter_map(|line| line.strip_prefix("#import "))
        .map(|rest| rest.split("::{").next().unwrap_or(rest).trim().to_owned())
        .collect()
}

fn shown(composer: &Composer, error: &ComposerError) -> String {
    error.emit_to_string(composer)
}
