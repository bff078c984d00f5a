//! What is done with each input, by the fuzzing targets and by the test that replays the corpus (`tests/trust/fuzz_corpus.rs`).

mod cgroup_paths;
mod configuration;
mod filter;
mod history_blocks;
mod lesson;
mod mmdb;
mod netlink;
mod proc_texts;
mod recording;
mod recording_file;
mod scenario;

/// A target: its name, and what is done with an input. A failed check panics.
pub(crate) type Target = (&'static str, fn(&[u8]));

/// All targets.
pub(crate) const ALL: [Target; 11] = [
    ("cgroup_paths", cgroup_paths::run),
    ("configuration", configuration::run),
    ("filter", filter::run),
    ("history_blocks", history_blocks::run),
    ("lesson", lesson::run),
    ("mmdb", mmdb::run),
    ("netlink", netlink::run),
    ("proc_texts", proc_texts::run),
    ("recording", recording::run),
    ("recording_file", recording_file::run),
    ("scenario", scenario::run),
];
