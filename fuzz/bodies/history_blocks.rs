//! The rows of the history: blocks, as they are in the database, and in recordings.

use netglobe::{
    history::codec::{DecodeError, Decoder, Encoder, MAX_BLOCK_BYTES, Moment, compress, decompress, head},
    model::{Connection, ConnectionKey, SocketState, UnixMillis},
};
use std::collections::BTreeMap;

/// An error has its place; places and counters are sane; what was read is written so that it is read again, whole or in
/// pieces; no row takes more than its share of memory.
pub(crate) fn run(data: &[u8]) {
    let Some((kind, bytes)) = data.split_first() else { return };
    if kind % 8 != 0 {
        check_block(bytes);
    } else if let Ok(block) = decompress(bytes) {
        assert!(block.len() <= MAX_BLOCK_BYTES);
        if block.len() <= 1 << 16 {
            assert_eq!(decompress(&compress(&block)).as_ref(), Ok(&block));
            check_block(&block);
        }
    }
}

type State = BTreeMap<ConnectionKey, Connection>;

fn state<'a>(connections: impl IntoIterator<Item = &'a Connection>) -> Option<State> {
    let mut all = State::new();
    for connection in connections {
        if all.insert(connection.key, connection.clone()).is_some() {
            return None;
        }
    }
    Some(all)
}

fn check_block(bytes: &[u8]) {
    let mut block = match Decoder::new(bytes.to_vec()) {
        Ok(block) => block,
        Err(error) => return check_error(&error, bytes),
    };
    assert_eq!(head(bytes).map(|(_, continues)| continues), Ok(block.continues()));
    let (begins_at, continues) = (block.at(), block.continues());
    let first: Vec<Connection> = block.connections().cloned().collect();
    let mut states = vec![(begins_at, state(block.connections()))];
    let mut moments = Vec::new();
    let (mut report, mut home) = (block.report().cloned(), block.home().cloned());
    let told = (report.clone(), home.clone());
    loop {
        let next_at = block.next_at();
        match block.step() {
            Ok(Some(moment)) => {
                assert_eq!(Some(moment.delta.at), next_at);
                assert_eq!(moment.delta.at, block.at());
                report = moment.report.clone().or(report);
                home = moment.home.clone().or(home);
                states.push((block.at(), state(block.connections())));
                moments.push(moment);
            }
            Ok(None) => break,
            Err(error) => {
                check_error(&error, bytes);
                return;
            }
        }
    }
    assert_eq!((block.report(), block.home()), (report.as_ref(), home.as_ref()));
    let opened: usize = moments.iter().map(|Moment { delta, .. }| delta.opened.len() + delta.ghosts.len()).sum();
    assert!(first.len() + opened + moments.len() <= bytes.len());
    moments.iter().flat_map(|moment| moment.delta.opened.iter().chain(&moment.delta.ghosts)).for_each(check);
    first.iter().for_each(check);
    if states.iter().all(|(_, state)| state.is_some()) && keys_are_new(&first, &moments) {
        check_written_again(begins_at, continues, &first, &moments, &told, &states);
    }
}

fn check_error(error: &DecodeError, bytes: &[u8]) {
    assert!(error.offset <= bytes.len() && !error.what.is_empty(), "{error}");
}

fn check(connection: &Connection) {
    let traffic = connection.traffic.unwrap_or_default();
    let values =
        [traffic.rate_sent_bytes_per_sec, traffic.rate_received_bytes_per_sec, traffic.rtt_ms, traffic.min_rtt_ms];
    assert!(values.into_iter().flatten().all(|value| value >= 0.0));
    let location = connection.stated_location();
    if let Some(place) = location.as_ref().and_then(|location| location.place.as_ref().ok()) {
        assert!(place.position.lat_deg().abs() <= 90.0 && place.position.lng_deg().abs() <= 180.0);
        assert!(place.accuracy_radius_km.is_none_or(|km| km.is_finite() && km >= 0.0));
    }
}

/// Whether no key comes twice, as in each block that the program writes, and time does not stand still.
fn keys_are_new(first: &[Connection], moments: &[Moment]) -> bool {
    let opened = || first.iter().chain(moments.iter().flat_map(|moment| &moment.delta.opened));
    let changed = moments.iter().flat_map(|moment| &moment.delta.changed);
    state(opened()).is_some()
        && opened().chain(changed).all(is_written)
        && moments.iter().all(|moment| !moment.delta.is_empty())
}

/// Whether the program writes such a connection: a simulated one has a peer, and no other location than it states.
fn is_written(connection: &Connection) -> bool {
    let has_peer = connection.key.remote.is_some() && connection.state != SocketState::Unknown;
    connection.simulated.is_none() || (has_peer && connection.recorded_location.is_none())
}

type Told = (Option<std::sync::Arc<netglobe::sampler::SamplerReport>>, Option<netglobe::sampler::HomeThen>);

/// A block that is written of what was read gives the same states, in one piece and in many; and written once more, the same
/// bytes.
fn check_written_again(
    begins_at: UnixMillis,
    continues: bool,
    first: &[Connection],
    moments: &[Moment],
    (report, home): &Told,
    states: &[(UnixMillis, Option<State>)],
) {
    let mut encoder = Encoder::begin(begins_at, continues, 0, first);
    if let Some(home) = home {
        encoder.home(begins_at, home);
    }
    if let Some(report) = report {
        encoder.report(begins_at, report);
    }
    let mut pieces = vec![encoder.take()];
    for moment in moments {
        encoder.step(&moment.delta);
        pieces.push(encoder.take());
    }
    let (again, read) = read(&pieces.concat());
    let seen: Vec<_> = states.iter().map(|(at, state)| (*at, state.clone().expect("no key twice"))).collect();
    let last = |states: &[(UnixMillis, State)]| -> BTreeMap<UnixMillis, State> { states.iter().cloned().collect() };
    assert_eq!(last(&again), last(&seen));
    let mut growing = Decoder::new(pieces[0].clone()).expect("a block");
    let mut deltas = Vec::new();
    for piece in &pieces[1..] {
        growing.extend(piece).expect("it grows");
        while let Some(moment) = growing.step().expect("a step") {
            deltas.push(moment.delta);
        }
    }
    assert_eq!(state(growing.connections()).as_ref(), again.last().map(|(_, state)| state));
    assert!(deltas.len() >= read);
}

fn read(bytes: &[u8]) -> (Vec<(UnixMillis, State)>, usize) {
    let mut block = Decoder::new(bytes.to_vec()).expect("a block");
    let mut states = vec![(block.at(), state(block.connections()).expect("no key twice"))];
    while block.step().expect("a step").is_some() {
        states.push((block.at(), state(block.connections()).expect("no key twice")));
    }
    let steps = states.len() - 1;
    (states, steps)
}
