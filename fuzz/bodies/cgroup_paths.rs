//! Paths of control groups, which containers and users name.

use netglobe::sampler::linux::texts::unit_name;

/// A name is not longer than two parts of its path, is the same with slashes around it, and has no unit's name if there is a
/// better one.
pub(crate) fn run(data: &[u8]) {
    let path = String::from_utf8_lossy(data);
    let name = unit_name(&path);
    let longest = path.split('/').map(str::len).max().unwrap_or(0);
    assert!(name.len() <= 2 * longest + 1, "{path:?}: {name:?}");
    assert_eq!(unit_name(&format!("//{path}/")), name);
    assert_eq!(name.is_empty(), path.split('/').all(str::is_empty), "{path:?}");
    // A service inside of it is a better name, whatever the path is.
    assert_eq!(unit_name(&format!("{path}/own.service/init.scope")), "own.service");
}
