//! Whether the kernel keeps the program from using the network: shown by trying.

use super::check::{Check, Status};
use crate::sandbox::{Attempt, Silence, silence, try_all};

/// The state, and a check for each kind of socket.
pub(super) fn check_sandbox() -> Vec<Check> {
    let all = try_all();
    let opened = all.iter().filter(|attempt| attempt.is_open).count();
    let state = match silence() {
        Some(Silence::Enforced) if opened == 0 => {
            let detail = "the kernel refuses netglobe, its threads and its children every socket of the network";
            let untried = if cfg!(target_os = "macos") { "; on macOS nobody has tried that before you" } else { "" };
            Check::new("sandbox", Status::Ok, format!("{detail}{untried}"), "")
        }
        Some(Silence::Enforced) => {
            let detail = format!("the filter is there, but {opened} sockets could be opened; see below");
            Check::new("sandbox", Status::No, detail, "report this, with the system and its kernel")
        }
        None | Some(Silence::SwitchedOff) => {
            let detail = "switched off: nothing but its code keeps netglobe from using the network";
            Check::new("sandbox", Status::Partly, detail, "start it without --no-sandbox")
        }
        Some(Silence::Impossible(why)) => Check::new("sandbox", Status::Partly, why.clone(), firewall_remedy()),
    };
    let mut checks = vec![state];
    let mut kinds: Vec<&'static str> = all.iter().map(|attempt| attempt.what).collect();
    kinds.dedup();
    kinds.sort_unstable();
    kinds.dedup();
    checks.extend(kinds.into_iter().map(|kind| {
        let attempts: Vec<&Attempt> = all.iter().filter(|attempt| attempt.what == kind).collect();
        let answers: Vec<String> = attempts.iter().map(|it| format!("{}: {}", it.by, it.answer)).collect();
        let is_closed = attempts.iter().all(|attempt| !attempt.is_open) && attempts.len() == 3;
        Check::new(name_of(kind), if is_closed { Status::Ok } else { Status::Partly }, answers.join("; "), "")
    }));
    checks
}

/// How the system can be made to refuse it the network where it has no such filter; empty if that is not known.
fn firewall_remedy() -> String {
    let Ok(program) = std::env::current_exe().map(|program| program.display().to_string()) else {
        return String::new();
    };
    if !cfg!(windows) {
        return String::new();
    }
    format!(
        "to let the firewall of Windows refuse it, in PowerShell as administrator: New-NetFirewallRule -DisplayName netglobe \
         -Direction Outbound -Action Block -Program '{}'",
        program.replace('\'', "''")
    )
}

/// The name of the check of a kind of socket.
fn name_of(kind: &str) -> &'static str {
    match kind {
        "tcp" => "sandbox-tcp",
        "udp" => "sandbox-udp",
        "raw" => "sandbox-raw",
        "tcp6" => "sandbox-tcp6",
        "udp6" => "sandbox-udp6",
        "packet" => "sandbox-packet",
        "vsock" => "sandbox-vsock",
        "xdp" => "sandbox-xdp",
        _ => "sandbox-other",
    }
}
