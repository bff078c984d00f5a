//! `netglobe history forget`: removes a part of the history for good.

use super::{HistoryCommandError, file, print};
use crate::{
    cli::ForgetArgs,
    config::Settings,
    history::{Forget, Forgotten, forget},
    sampler::DataClock,
};

pub(super) fn run(args: &ForgetArgs, settings: &Settings) -> Result<(), HistoryCommandError> {
    let now = DataClock::default().now();
    let what = match (&args.process, &args.place, args.before) {
        (Some(name), ..) => Forget::Process(name.clone()),
        (_, Some(place), _) => Forget::Place(place.clone()),
        (.., Some(moment)) => Forget::Before(moment.moment(now)),
        _ => Forget::All,
    };
    let Forgotten { connections, blocks } = forget(file(settings)?, &what, now)?;
    print(&format!("forgot {connections} connections, in {blocks} blocks of the file\n"))
}
