//! Tests of the reasons for unknown owners, and of what a sample cannot show, with real processes: those that must not
//! be inspected, hidden ones, and none at all; processes in other network namespaces; and a system that refuses
//! netlink.
//!
//! Each test restarts itself in its own network namespace (see `support/network.rs`).
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test may fail")]
#![allow(clippy::disallowed_methods, reason = "helpers of a test need no names")]
#![cfg(target_os = "linux")]

#[path = "../support/isolated.rs"]
mod isolated;
#[path = "../support/network.rs"]
mod network;
#[path = "../support/sockets.rs"]
mod sockets;
#[path = "../support/mod.rs"]
mod support;

use isolated::{HOLDING_UID, LISTING_UID, as_user, behind, holder_at, words, works};
use serde_json::{Value, json};
use sockets::Holder;
use std::{
    fs,
    net::TcpListener,
    os::{fd::OwnedFd, unix::fs::PermissionsExt},
    path::PathBuf,
    process::{Command, Stdio},
    time::Duration,
};
use support::{Killed, Outcome, User, not_run, run};

/// Refuses `NETLINK_SOCK_DIAG` like a sandbox (seccomp(2)), and executes the following program. Perl is installed
/// everywhere and can make such system calls.
const REFUSE_NETLINK: &str = r"
    my ($prctl, $socket) = `uname -m` =~ /aarch64/ ? (167, 198) : (157, 41);
    my @filter = ([0x20, 0, 0, 0], [0x15, 0, 5, $socket], [0x20, 0, 0, 16], [0x15, 0, 3, 16], [0x20, 0, 0, 32],
        [0x15, 0, 1, 4], [0x06, 0, 0, 0x00050001], [0x06, 0, 0, 0x7fff0000]);
    my $code = join '', map { pack 'SCCL', @$_ } @filter;
    my $program = pack 'Sx6P', scalar @filter, $code;
    syscall($prctl, 38, 1, 0, 0, 0) == 0 or die qq(no_new_privs: $!);
    syscall($prctl, 22, 2, $program) == 0 or die qq(seccomp: $!);
    exec @ARGV or die qq(exec: $!);
";

fn in_own_network(name: &str, body: impl FnOnce()) {
    isolated::in_own_network("reasons", name, Duration::from_mins(10), body);
}

/// Copies of this test and of the program in a folder that all users can read.
struct Copies {
    files: tempfile::TempDir,
    helper: PathBuf,
    program: PathBuf,
}

impl Copies {
    fn make() -> Self {
        let files = tempfile::tempdir().expect("a folder");
        fs::set_permissions(files.path(), fs::Permissions::from_mode(0o755)).expect("allowed");
        let (program, helper) = (files.path().join("netglobe"), files.path().join("helper"));
        fs::copy(support::netglobe_path(), &program).expect("copied");
        fs::copy(network::this_program(), &helper).expect("copied");
        Self { files, helper, program }
    }

    /// Starts a process that owns sockets, with these words before the command.
    fn holder(&self, words: &[&str]) -> Holder {
        holder_at(&self.helper, "ng-holder", words)
    }

    /// Runs the program with `args`, with these words before the command.
    fn netglobe(&self, words: &[&str], args: &[&str]) -> Outcome {
        let mut command = behind(words, &self.program);
        command.args(args).env("HOME", self.files.path()).env("XDG_CACHE_HOME", "/nonexistent");
        run(command, support::PATIENCE)
    }

    /// The line of `list --json` for the listener at `port`.
    fn listener(&self, words: &[&str], source: &str, port: u16) -> Value {
        let outcome = self.netglobe(words, &["list", "--json", "--source", source]);
        assert_eq!(outcome.code, Some(0), "{outcome:?}");
        outcome.assert_clean("list");
        let mut lines = outcome.json_lines();
        lines.retain(|line| line["local"]["port"] == port);
        assert_eq!(lines.len(), 1, "{words:?}: {outcome:?}");
        lines.remove(0)
    }
}

#[test]
fn who_may_not_inspect_a_process_is_reported_so() {
    in_own_network("who_may_not_inspect_a_process_is_reported_so", || {
        let (holds, samples) = (as_user(HOLDING_UID), as_user(LISTING_UID));
        let (holds, samples) = (words(&holds), words(&samples));
        if !works(&holds) {
            return not_run("reasons::who_may_not_look", "no other user can be taken on here");
        }
        let copies = Copies::make();
        let (mut of_other, mut of_root) = (copies.holder(&holds), copies.holder(&[]));
        let (other, root) =
            (of_other.tcp_listen("127.0.0.1:0").local.port(), of_root.tcp_listen("127.0.0.1:0").local.port());
        let weak_root = ["setpriv", "--bounding-set=-sys_ptrace", "--inh-caps=-sys_ptrace"];
        let hides = ["unshare", "--mount", "sh", "-c", "mount -t proc -o hidepid=2 proc /proc && exec \"$@\"", "sh"];
        let hidden = [&hides[..], &samples].concat();
        let hidden_from_root = [&hides[..], &weak_root].concat();
        let guest_root = [&samples[..], &["unshare", "--user", "--map-root-user"]].concat();
        for (name, words) in [
            ("root without CAP_SYS_PTRACE", &weak_root[..]),
            ("another user, with hidepid=2", &hidden),
            ("root without CAP_SYS_PTRACE, with hidepid=2", &hidden_from_root),
            ("root of a user namespace", &guest_root),
        ] {
            if !works(words) {
                not_run(&format!("reasons::who_may_not_look ({name})"), "it cannot be had here");
                continue;
            }
            for source in ["sock-diag", "netstat2", "proc-net"] {
                for port in [other, root] {
                    let line = copies.listener(words, source, port);
                    assert_eq!(line["owner_missing"], "not-permitted", "{name}, {source}: {line:#}");
                }
            }
            let doctor = copies.netglobe(words, &["doctor"]);
            assert!(doctor.stdout.contains("CAP_SYS_PTRACE"), "{name}: {doctor:?}");
        }
        // The same sockets, with the permission to inspect them.
        for (port, pid) in [(other, of_other.pid()), (root, of_root.pid())] {
            let line = copies.listener(&[], "sock-diag", port);
            assert_eq!((&line["process"]["pid"], &line["owner_missing"]), (&json!(pid), &Value::Null));
        }
    });
}

/// Processes whose open files this process must not read, like those of a sandbox; root of a whole machine has none.
fn protected_processes() -> Vec<u32> {
    let is_refused = |error: std::io::Error| error.kind() == std::io::ErrorKind::PermissionDenied;
    let is_protected = |pid: &u32| match fs::read_dir(format!("/proc/{pid}/fd")) {
        Ok(files) => files.flatten().any(|file| fs::read_link(file.path()).is_err_and(is_refused)),
        Err(error) => is_refused(error),
    };
    let processes = fs::read_dir("/proc").expect("processes").flatten();
    processes.filter_map(|entry| entry.file_name().to_str()?.parse().ok()).filter(is_protected).collect()
}

#[test]
fn what_the_kernel_holds_is_said_to_be_the_kernels() {
    in_own_network("what_the_kernel_holds_is_said_to_be_the_kernels", || {
        const TUNNEL: u16 = 4789;
        let made = Command::new("ip")
            .args(["link", "add", "tunnel", "type", "vxlan", "id", "7", "dstport", "4789", "dev", "lo"])
            .output()
            .expect("ip");
        if !made.status.success() {
            let why = String::from_utf8_lossy(&made.stderr).into_owned();
            return not_run("reasons::what_the_kernel_holds", &format!("no tunnel can be made here: {why}"));
        }
        network::ip("link set tunnel up");
        let first = fs::read_link("/proc/self/ns/pid").is_ok_and(|it| it.as_os_str() == "pid:[4026531836]");
        let copies = Copies::make();
        let protected = protected_processes();
        if !first || !protected.is_empty() {
            // A hidden process may own it.
            let line = copies.listener(&[], "sock-diag", TUNNEL);
            assert_ne!(line["owner_missing"], "kernel", "{line:#}");
        }
        // With those processes hidden from /proc, all others are visible.
        let hide: String = protected.iter().map(|pid| format!("mount -t tmpfs none /proc/{pid} && ")).collect();
        let hide = format!("{hide}exec \"$@\"");
        let all_seen = ["unshare", "--mount", "sh", "-c", &hide, "sh"];
        if first && works(&all_seen) {
            for source in ["sock-diag", "proc-net"] {
                let line = copies.listener(&all_seen, source, TUNNEL);
                assert_eq!(line["owner_missing"], "kernel", "{source}: {line:#}");
                assert_eq!(
                    (&line["owner"]["kind"], &line["owner"]["name"]),
                    (&json!("kernel"), &Value::Null),
                    "{source}"
                );
            }
            let table = copies.netglobe(&all_seen, &["list", "--filter", "port:4789"]).stdout;
            assert!(table.contains("(kernel)"), "{table}");
        }
        // Without permission to inspect other processes, the owner is unknown.
        let samples = as_user(LISTING_UID);
        if works(&words(&samples)) {
            let line = copies.listener(&words(&samples), "sock-diag", TUNNEL);
            assert_eq!(line["owner_missing"], "not-permitted", "{line:#}");
        }
    });
}

#[test]
fn processes_in_other_networks_are_counted() {
    in_own_network("processes_in_other_networks_are_counted", || {
        // A network namespace with a link to this one, like that of a container.
        let mut command = Command::new("unshare");
        let script = "ip link add name inner type veth peer name outer && echo ready && read end";
        command.args(["--net", "sh", "-c", script]).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut container = Killed(command.spawn().expect("a process"));
        let mut line = String::new();
        let said = container.0.stdout.take().expect("piped");
        std::io::BufRead::read_line(&mut std::io::BufReader::new(said), &mut line).expect("readable");
        assert_eq!(line, "ready\n");
        let (user, words) = (User::new(), "network namespace");
        for source in ["sock-diag", "netstat2", "proc-net"] {
            let list = user.run(&["list", "--source", source]);
            assert!(list.code == Some(0) && list.stderr.contains(words), "{source}: {list:?}");
        }
        let doctor = user.run(&["doctor"]);
        assert!(doctor.stdout.contains(words) && doctor.stdout.contains("nsenter"), "{doctor:?}");
    });
}

#[test]
fn where_netlink_is_refused_the_kernels_tables_are_read() {
    in_own_network("where_netlink_is_refused_the_kernels_tables_are_read", || {
        let refused = ["perl", "-e", REFUSE_NETLINK];
        if !works(&refused) {
            return not_run("reasons::where_netlink_is_refused", "perl cannot refuse a call here (seccomp)");
        }
        let copies = Copies::make();
        let mut holder = copies.holder(&[]);
        let listener = holder.tcp_listen("[::1]:0");
        let connected = holder.tcp_connect(listener.local, None);
        let udp = holder.udp("127.0.0.1:0", Some("127.0.0.1:9"));
        let outcome = copies.netglobe(&refused, &["list", "--json"]);
        assert_eq!(outcome.code, Some(0), "{outcome:?}");
        let takeover = "fell back from sock-diag to proc-net: cannot ask for sockets over netlink";
        assert!(outcome.stderr.contains(takeover) && !outcome.stderr.contains("netstat2"), "{outcome:?}");
        assert!(outcome.stderr.contains("does not report traffic"), "{outcome:?}");
        let lines = outcome.json_lines();
        let line = |local: u16, remote: Option<u16>| {
            let is_it =
                |it: &&Value| it["local"]["port"] == local && it["remote"]["port"].as_u64() == remote.map(u64::from);
            lines.iter().find(is_it).unwrap_or_else(|| panic!("{local} is not listed: {lines:#?}"))
        };
        for (line, state) in [
            (line(listener.local.port(), None), "listen"),
            (line(connected.local.port(), Some(listener.local.port())), "established"),
            (line(udp.local.port(), Some(9)), "connected"),
        ] {
            assert_eq!(line["state"], state);
            assert_eq!(line["process"]["pid"], holder.pid(), "{line:#}");
            assert!(line["bytes_sent"].is_null() && line["rtt_ms"].is_null());
        }
        // If another source is requested by name, the error says which one would work.
        for source in ["sock-diag", "netstat2"] {
            let outcome = copies.netglobe(&refused, &["list", "--source", source]);
            assert!(outcome.code != Some(0) && outcome.stderr.contains("--source proc-net"), "{source}: {outcome:?}");
        }
        let doctor = copies.netglobe(&refused, &["doctor"]);
        let verdict = |part: &str| {
            let line = doctor.stdout.lines().find(|line| line.split_whitespace().nth(1) == Some(part));
            line.and_then(|line| line.split_whitespace().next()).map(str::to_owned)
        };
        assert_eq!(verdict("sock-diag").as_deref(), Some("no"), "{doctor:?}");
        assert_eq!(verdict("proc-net").as_deref(), Some("partly"), "{doctor:?}");
    });
}

#[test]
fn a_name_that_the_kernel_cut_is_whole_and_an_empty_one_is_a_number() {
    in_own_network("a_name_that_the_kernel_cut_is_whole_and_an_empty_one_is_a_number", || {
        const NAME: &str = "a-program-with-a-long-name";
        let user = User::new();
        let start = |name: &str| {
            let program = user.home().join(name);
            fs::copy("/bin/sleep", &program).expect("copied");
            let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
            let port = listener.local_addr().expect("bound").port();
            let child = Command::new(&program).arg("60").stdin(OwnedFd::from(listener)).spawn().expect("started");
            (Killed(child), port)
        };
        let (_long, long_port) = start(NAME);
        let copies = Copies::make();
        let mut nameless = holder_at(&copies.helper, "", &[]);
        let nameless_port = nameless.tcp_listen("127.0.0.1:0").local.port();
        for source in ["sock-diag", "netstat2", "proc-net"] {
            let line = copies.listener(&[], source, long_port);
            assert_eq!((&line["process"]["name"], &line["owner"]["name"]), (&json!(NAME), &json!(NAME)), "{source}");
            let line = copies.listener(&[], source, nameless_port);
            assert_eq!(line["process"]["pid"], nameless.pid(), "{source}");
            assert_eq!((&line["process"]["name"], &line["owner"]["name"]), (&Value::Null, &Value::Null), "{source}");
            let table = user.run(&["list", "--source", source]).stdout;
            let unnamed = format!("unnamed, pid {}", nameless.pid());
            assert!(table.contains(NAME) && table.contains(&unnamed), "{source}: {table}");
        }
    });
}

#[test]
fn the_same_address_on_two_interfaces_is_told_apart() {
    in_own_network("the_same_address_on_two_interfaces_is_told_apart", || {
        network::ip("link add left type veth peer name left-end");
        network::ip("link add right type veth peer name right-end");
        let number = |interface: &str| {
            network::ip(&format!("link set {interface}-end up"));
            network::ip(&format!("link set {interface} up"));
            network::ip(&format!("-6 addr add fe80::1/64 dev {interface} nodad"));
            let shown = Command::new("ip").args(["-o", "link", "show", interface]).output().expect("ip").stdout;
            String::from_utf8(shown).expect("text").split(':').next().expect("a number").to_owned()
        };
        let numbers = [number("left"), number("right")];
        let (copies, user) = (Copies::make(), User::new());
        let mut holder = copies.holder(&[]);
        for number in &numbers {
            holder.tcp_listen(&format!("[fe80::1%{number}]:4000"));
            holder.udp(&format!("[fe80::1%{number}]:5000"), Some(&format!("[fe80::9%{number}]:53")));
        }
        let lines = user.run(&["list", "--json", "--filter", "port:4000,53"]).json_lines();
        for (protocol, remote) in [("tcp", Value::Null), ("udp", json!({ "ip": "fe80::9", "port": 53 }))] {
            let mut of_protocol: Vec<&Value> = lines.iter().filter(|line| line["protocol"] == protocol).collect();
            of_protocol.sort_by_key(|line| line["interface"].to_string());
            let interfaces: Vec<&Value> = of_protocol.iter().map(|line| &line["interface"]).collect();
            assert_eq!(interfaces, ["left", "right"], "{lines:#?}");
            for line in of_protocol {
                assert_eq!((&line["local"]["ip"], &line["remote"]), (&json!("fe80::1"), &remote), "never inside ip");
            }
        }
        let table = user.run(&["list", "--filter", "port:4000,53"]).stdout;
        for shown in ["[fe80::1%left]:4000", "[fe80::1%right]:4000", "[fe80::9%left]:53", "[fe80::9%right]:53"] {
            assert_eq!(table.matches(shown).count(), 1, "{shown}: {table}");
        }
        // A socket that is not bound to an interface has none.
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("bound").port();
        assert_eq!(copies.listener(&[], "sock-diag", port)["interface"], Value::Null);
    });
}
