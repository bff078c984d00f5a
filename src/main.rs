//! The program: reads the command line and the settings, and does what they say.

use clap::{CommandFactory, Parser, error::ErrorKind};
use netglobe::{
    app,
    cli::{Cli, Command, DemoArgs, ListArgs},
    commands,
    config::{Directories, Settings},
    sampler::SourceSpec,
    text::escape_untrusted,
};
use std::{error::Error, io::Write, process::ExitCode};

fn main() -> ExitCode {
    app::quiet_graphics_libraries();
    let cli = Cli::parse();
    match run(&cli) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tell(&error.to_string());
            ExitCode::FAILURE
        }
    }
}

fn run(cli: &Cli) -> Result<(), Box<dyn Error>> {
    let directories = Directories::from_environment(|name| std::env::var_os(name));
    let settings = Settings::load(&cli.global, directories)?;
    match &cli.command {
        Some(Command::List(args)) => commands::list::run(args, &settings)?,
        Some(Command::Snapshot(args)) => commands::snapshot::run(args, &settings)?,
        Some(Command::Demo(args)) => show(&Settings { source: Some(demo_source(args)), ..settings })?,
        Some(Command::Lookup(args)) => commands::lookup::run(args, &settings)?,
        Some(Command::Doctor) => {
            commands::doctor::run(&settings, app::describe_graphics, || app::describe_home(&settings))?;
        }
        Some(Command::Bench(args)) if args.sampler => commands::bench_sampler::run(args, &settings)?,
        Some(Command::Bench(args)) => commands::bench::run(args, &settings)?,
        None => show(&settings)?,
    }
    Ok(())
}

/// The window; where there can be none, the list, with one line saying why.
fn show(settings: &Settings) -> Result<(), Box<dyn Error>> {
    match app::window::run(settings) {
        Err(error) if error.leaves_the_list() => {
            tell(&format!("no window: {error}; here is the list (Ctrl-C ends it)"));
            Ok(commands::list::run(&ListArgs { watch: true, ..ListArgs::default() }, settings)?)
        }
        done => Ok(done?),
    }
}

/// A scenario that does not exist is wrong usage.
fn demo_source(args: &DemoArgs) -> SourceSpec {
    format!("demo:{},{}", args.scenario, args.seed)
        .parse()
        .unwrap_or_else(|error| Cli::command().error(ErrorKind::InvalidValue, error).exit())
}

/// One line on standard error.
fn tell(line: &str) {
    if writeln!(std::io::stderr(), "netglobe: {}", escape_untrusted(line)).is_err() {
        // Nobody reads it; the exit code still tells.
    }
}
