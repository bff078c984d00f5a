//! Reads a scenario from its TOML text, and reports everything that is wrong with it, with the line.

use super::{
    Caption, DEFAULT_START, Flow, Life, Listener, Operator, Peer, Program, Role, Scenario,
    rows::{CaptionRow, CityRow, ConnectionRow, DirectionName, File, FlowName, ListenerRow, OperatorRow, ProgramRow},
};
use crate::{
    files::{AuthoredError, Problems, read_rows},
    geodesy::LatLng,
    language::current,
    model::{CountryIso, Direction, OwnerContext, Place, PlaceKind, Process, UnixMillis},
    sampler::invented::cities::{CITIES, City},
};
use jiff::{Timestamp, civil::DateTime, tz::TimeZone};
use std::{ops::Range, sync::Arc};
use toml::Spanned;

/// Pids below this belong to the system.
const SYSTEM_PIDS: u32 = 1000;
/// Maximum number of connections of a scenario at one moment.
const MOST_CONNECTIONS: u64 = 5_000;
/// Maximum length of a caption, characters.
const LONGEST_CAPTION: usize = 160;
/// AS numbers reserved for documentation (RFC 5398).
const DOCUMENTATION_ASNS: [Range<u32>; 2] = [64_496..64_512, 65_536..65_552];

impl Scenario {
    /// Reads `text`; errors name `file`.
    pub(in crate::sampler::invented) fn parse(file: &str, text: &str) -> Result<Self, AuthoredError> {
        let read: File = read_rows(file, text)?;
        let mut check = Check { problems: Problems::of(text) };
        let scenario = check.scenario(read);
        check.problems.finish(file, scenario)
    }
}

/// Checks a file and collects its problems.
struct Check<'a> {
    problems: Problems<'a>,
}

/// What the rows of a file may refer to.
struct Names {
    programs: Vec<String>,
    operators: Vec<String>,
    cities: Vec<String>,
}

impl Check<'_> {
    fn wrong(&mut self, span: &Range<usize>, what: impl Into<String>) {
        self.problems.wrong(span, what);
    }

    fn scenario(&mut self, file: File) -> Scenario {
        for title in [Some(&file.title), file.title_de.as_ref(), file.title_es.as_ref()].into_iter().flatten() {
            if title.get_ref().trim().is_empty() {
                self.wrong(&title.span(), "the title is empty");
            }
        }
        let title = in_language(&file.title, file.title_de.as_ref(), file.title_es.as_ref()).to_owned();
        let begins_at = file.begins.as_ref().map_or(DEFAULT_START, |begins| self.moment(begins));
        let repeats_s = file.repeats_s.as_ref().map(|repeats| {
            let least = 5.0;
            if !(least..=86_400.0).contains(repeats.get_ref()) {
                self.wrong(&repeats.span(), "repeats_s must be from 5 to 86400 seconds");
            }
            repeats.get_ref().max(least)
        });
        let programs = file.programs.iter().map(|(name, row)| self.program(name, row)).collect();
        let operators = file.operators.values().map(|row| self.operator(row)).collect();
        let mut places: Vec<Place> = CITIES.iter().map(City::place).collect();
        let mut cities: Vec<String> = CITIES.iter().map(|city| city.name().to_owned()).collect();
        for (name, row) in &file.cities {
            if cities.contains(name) {
                self.wrong(&row.span(), format!("the city {name:?} is known already; use another name"));
            }
            places.extend(self.city(name, row));
            cities.push(name.clone());
        }
        let names = Names {
            programs: file.programs.into_keys().collect(),
            operators: file.operators.into_keys().collect(),
            cities,
        };
        let roles: Vec<Role> =
            file.connections.iter().filter_map(|row| self.connection(row, &names, repeats_s)).collect();
        if file.connections.is_empty() {
            self.wrong(&(0..0), "there are no [[connections]]");
        }
        if roles.iter().map(|role| role.count).sum::<u64>() > MOST_CONNECTIONS {
            self.wrong(&(0..0), format!("all counts together must be at most {MOST_CONNECTIONS}"));
        }
        let listeners = file.listeners.iter().filter_map(|row| self.listener(row, &names)).collect();
        let mut captions: Vec<Caption> =
            file.captions.iter().map(|row| self.caption(row.get_ref(), repeats_s)).collect();
        captions.sort_by(|a, b| a.at_s.total_cmp(&b.at_s));
        Scenario { title, begins_at, repeats_s, programs, operators, places, roles, listeners, captions }
    }

    /// A moment in UTC, or a local date and time of this computer's time zone.
    fn moment(&mut self, begins: &Spanned<String>) -> UnixMillis {
        let text = begins.get_ref();
        let local = || text.parse::<DateTime>().ok()?.to_zoned(TimeZone::system()).ok().map(|it| it.timestamp());
        match text.parse::<Timestamp>().ok().or_else(local) {
            Some(moment) => UnixMillis(moment.as_millisecond()),
            None => {
                self.wrong(
                    &begins.span(),
                    "expected a date and time, \"2026-06-21T12:00:00Z\", or without Z for the local time of the computer",
                );
                DEFAULT_START
            }
        }
    }

    fn program(&mut self, name: &str, row: &Spanned<ProgramRow>) -> Program {
        let ProgramRow { pid, path } = row.get_ref();
        if *pid == 0 {
            self.wrong(&row.span(), "the pid must be at least 1");
        }
        let is_system = *pid < SYSTEM_PIDS;
        let unit = if is_system { format!("{name}.service") } else { format!("app-{name}-{pid}.scope") };
        Program {
            process: Arc::new(Process { pid: *pid, name: Some(name.into()), path: Some(path.as_str().into()) }),
            context: context(unit, is_system),
            uid: if is_system { 0 } else { 1000 },
        }
    }

    fn operator(&mut self, row: &Spanned<OperatorRow>) -> Operator {
        let OperatorRow { asn, name } = row.get_ref();
        if !DOCUMENTATION_ASNS.iter().any(|range| range.contains(asn)) {
            let expected = "the asn must be from 64496 to 64511 or from 65536 to 65551: these numbers belong to nobody";
            self.wrong(&row.span(), expected);
        }
        Operator { asn: *asn, name: name.as_str().into() }
    }

    fn city(&mut self, name: &str, row: &Spanned<CityRow>) -> Option<Place> {
        let CityRow { country, lat, lng } = row.get_ref();
        let position = LatLng::from_degrees(*lat, *lng).filter(|_| lat.abs() <= 90.0 && lng.abs() <= 180.0);
        let country_iso = CountryIso::parse(country);
        if position.is_none() {
            self.wrong(&row.span(), "expected lat from -90 to 90 and lng from -180 to 180 degrees");
        }
        if country_iso.is_none() {
            self.wrong(&row.span(), format!("expected a country code of two letters such as \"DE\", not {country:?}"));
        }
        let city = Some(Arc::from(name));
        Some(Place { kind: PlaceKind::City, position: position?, country_iso, city, accuracy_radius_km: None })
    }

    /// The index of `name` among `known`.
    fn index(&mut self, name: &Spanned<String>, known: &[String], kind: &str) -> Option<usize> {
        let found = known.iter().position(|known| known == name.get_ref());
        if found.is_none() {
            let distance = |known: &&String| strsim::damerau_levenshtein(known, name.get_ref());
            let near = known.iter().min_by_key(distance).filter(|known| distance(known) <= 3);
            let hint = near.map_or(String::new(), |near| format!("; did you mean {near:?}?"));
            self.wrong(&name.span(), format!("there is no {kind} {:?}{hint}", name.get_ref()));
        }
        found
    }

    fn connection(&mut self, row: &Spanned<ConnectionRow>, names: &Names, repeats_s: Option<f64>) -> Option<Role> {
        let (row, span) = (row.get_ref(), row.span());
        let program = match &row.program {
            Some(name) => Some(self.index(name, &names.programs, "program")?),
            None => None,
        };
        let peer = self.peer(&row.peer, names)?;
        let operators: Vec<usize> =
            row.operators.iter().filter_map(|name| self.index(name, &names.operators, "operator")).collect();
        let is_located = matches!(peer, Peer::Somewhere | Peer::Anywhere | Peer::City(_));
        if is_located && row.operators.is_empty() {
            self.wrong(&span, "a peer with a place needs operators, for example operators = [\"cloud\"]");
        }
        if !is_located && (!row.operators.is_empty() || row.anycast || row.nearby) {
            self.wrong(&span, "operators, anycast and nearby are for peers with a place");
        }
        let via = row.via.as_ref().and_then(|name| self.index(name, &names.cities, "city"));
        let ports = match (row.port, &row.ports) {
            (Some(port), None) => (port, port),
            (None, Some(ports)) => {
                let (first, last) = *ports.get_ref();
                if first > last {
                    self.wrong(&ports.span(), "ports must be [first, last], in this order");
                }
                (first.min(last), last)
            }
            _ => {
                self.wrong(&span, "expected either port or ports = [first, last]");
                (0, 0)
            }
        };
        let count = row.count.as_ref().map_or(1, |count| *count.get_ref());
        if !(1..=MOST_CONNECTIONS).contains(&count) {
            let at = row.count.as_ref().map_or(span.clone(), Spanned::span);
            self.wrong(&at, format!("count must be from 1 to {MOST_CONNECTIONS}"));
        }
        let life = self.life(row, &span, repeats_s)?;
        let flow = self.flow(row)?;
        Some(Role {
            program,
            peer,
            operators,
            is_anycast: row.anycast,
            is_nearby: row.nearby,
            is_silent: row.silent,
            via,
            protocol: row.protocol.into(),
            direction: match row.direction {
                DirectionName::Out => Direction::Out,
                DirectionName::In => Direction::In,
            },
            ports,
            count,
            life,
            flow,
        })
    }

    fn peer(&mut self, peer: &Spanned<String>, names: &Names) -> Option<Peer> {
        Some(match peer.get_ref().as_str() {
            "somewhere" => Peer::Somewhere,
            "anywhere" => Peer::Anywhere,
            "unlocated" => Peer::Unlocated,
            "this-computer" => Peer::ThisComputer,
            text => match text.strip_prefix("lan:").map(str::parse::<u8>) {
                Some(Ok(host @ 1..=254)) => Peer::Lan(host),
                Some(_) => {
                    self.wrong(&peer.span(), "expected lan:N with N from 1 to 254");
                    return None;
                }
                None => {
                    let city = self.index(peer, &names.cities, "city");
                    if city.is_none() {
                        self.problems.add_to_last(
                            "; a peer is a city, somewhere, anywhere, unlocated, lan:N or this-computer; other cities \
                             can be added under [cities]",
                        );
                    }
                    Peer::City(city?)
                }
            },
        })
    }

    fn life(&mut self, row: &ConnectionRow, span: &Range<usize>, repeats_s: Option<f64>) -> Option<Life> {
        let expected = "expected how long it is open: always = true, or tab, or period_s with open_share, or from_s with \
                        for_s (and spread_s)";
        match (row.always, row.tab, &row.period_s, &row.from_s) {
            (true, None, None, None) => Some(Life::Always),
            (false, Some(tab), None, None) => Some(Life::Page { tab }),
            (false, None, Some(period), None) => {
                let share = row.open_share.as_ref().map_or((0.3, 0.7), |share| *share.get_ref());
                if !(0.5..=86_400.0).contains(period.get_ref()) {
                    self.wrong(&period.span(), "period_s must be from 0.5 to 86400 seconds");
                    return None;
                }
                if !(share.0 > 0.0 && share.0 <= share.1 && share.1 <= 1.0) {
                    self.wrong(span, "open_share must be [least, most], above 0 and at most 1");
                    return None;
                }
                Some(Life::Comes { period_s: *period.get_ref(), share })
            }
            (false, None, None, Some(from)) => {
                let (from_s, spread_s) = (*from.get_ref(), row.spread_s.as_ref().map_or(0.0, |it| *it.get_ref()));
                let Some(for_s) = row.for_s.as_ref().map(|it| *it.get_ref()) else {
                    self.wrong(span, "from_s needs for_s");
                    return None;
                };
                if !(from_s >= 0.0 && spread_s >= 0.0 && for_s > 0.0 && (from_s + spread_s + for_s).is_finite()) {
                    self.wrong(&from.span(), "from_s and spread_s must be at least 0, and for_s above 0");
                    return None;
                }
                if repeats_s.is_some_and(|repeats_s| from_s + spread_s + for_s > repeats_s) {
                    self.wrong(
                        &from.span(),
                        "from_s + spread_s + for_s must not be beyond repeats_s, the end of the story",
                    );
                    return None;
                }
                Some(Life::Story { from_s, spread_s, for_s })
            }
            _ => {
                self.wrong(span, expected);
                None
            }
        }
    }

    fn flow(&mut self, row: &ConnectionRow) -> Option<Flow> {
        let rate = row.bytes_per_sec.as_ref().map(|rate| (*rate.get_ref(), rate.span()));
        let needs_rate = matches!(row.traffic.get_ref(), FlowName::Download | FlowName::Upload | FlowName::Both);
        let rate = match rate {
            Some((rate, span)) if needs_rate && !(rate > 0.0 && rate <= 1e9) => {
                self.wrong(&span, "bytes_per_sec must be above 0 and at most 1e9");
                return None;
            }
            Some((_, span)) if !needs_rate => {
                self.wrong(&span, "bytes_per_sec is for traffic = \"download\", \"upload\" or \"both\"");
                return None;
            }
            None if needs_rate => {
                self.wrong(&row.traffic.span(), "this traffic needs bytes_per_sec");
                return None;
            }
            rate => rate.map_or(0.0, |(rate, _)| rate),
        };
        Some(match row.traffic.get_ref() {
            FlowName::Page => Flow::Page,
            FlowName::Words => Flow::Words,
            FlowName::Download => Flow::Download(rate),
            FlowName::Upload => Flow::Upload(rate),
            FlowName::Both => Flow::Both(rate),
            FlowName::None => Flow::Nothing,
        })
    }

    fn listener(&mut self, row: &Spanned<ListenerRow>, names: &Names) -> Option<Listener> {
        let row = row.get_ref();
        let program = self.index(&row.program, &names.programs, "program")?;
        Some(Listener { program, protocol: row.protocol.into(), port: row.port, is_local: row.local })
    }

    fn caption(&mut self, row: &CaptionRow, repeats_s: Option<f64>) -> Caption {
        let at_s = *row.at_s.get_ref();
        if at_s.is_nan() || at_s < 0.0 || repeats_s.is_some_and(|repeats_s| at_s >= repeats_s) {
            self.wrong(&row.at_s.span(), "at_s must be at least 0, and before repeats_s");
        }
        for text in [Some(&row.text), row.text_de.as_ref(), row.text_es.as_ref()].into_iter().flatten() {
            let length = text.get_ref().chars().count();
            if length == 0 || length > LONGEST_CAPTION {
                let expected = format!("a caption has 1 to {LONGEST_CAPTION} characters, this one {length}");
                self.wrong(&text.span(), expected);
            }
        }
        Caption { at_s, text: in_language(&row.text, row.text_de.as_ref(), row.text_es.as_ref()).into() }
    }
}

/// The text in the current language.
fn in_language<'a>(
    english: &'a Spanned<String>,
    german: Option<&'a Spanned<String>>,
    spanish: Option<&'a Spanned<String>>,
) -> &'a str {
    let text = |text: &'a Spanned<String>| text.get_ref().as_str();
    current().choose(text(english), german.map(text), spanish.map(text))
}

/// A simulated unit, of the system's or the desktop user.
pub(in crate::sampler::invented) fn context(unit: String, is_system: bool) -> Arc<OwnerContext> {
    let user = if is_system { "root" } else { "demo" };
    Arc::new(OwnerContext { unit: Some(unit.into()), user: Some(user.into()), pids: Vec::new() })
}

#[cfg(test)]
mod tests;
