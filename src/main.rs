//! The program: reads the command line and the settings, and does what they say.

use clap::Parser;
use netglobe::{
    app,
    cli::{Cli, Command},
    commands,
    config::{Directories, Settings},
    text::escape_untrusted,
};
use std::{error::Error, io::Write, process::ExitCode};

fn main() -> ExitCode {
    app::quiet_graphics_libraries();
    let cli = Cli::parse();
    match run(&cli) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            if writeln!(std::io::stderr(), "netglobe: {}", escape_untrusted(&error.to_string())).is_err() {
                // Nobody reads the reason; the exit code still tells.
            }
            ExitCode::FAILURE
        }
    }
}

fn run(cli: &Cli) -> Result<(), Box<dyn Error>> {
    let directories = Directories::from_environment(|name| std::env::var_os(name));
    let settings = Settings::load(&cli.global, directories)?;
    match &cli.command {
        Some(Command::List(args)) => commands::list::run(args, &settings)?,
        Some(Command::Bench(args)) => commands::bench::run(args, &settings)?,
        Some(Command::Snapshot(args)) => commands::snapshot::run(args, &settings)?,
        Some(Command::Lookup(args)) => commands::lookup::run(args, &settings)?,
        Some(Command::Doctor) => commands::doctor::run(&settings, app::describe_graphics, || app::describe_home(&settings))?,
        Some(Command::Demo(args)) => {
            let source = format!("demo:{},{}", args.scenario, args.seed).parse()?;
            app::window::run(&settings, source)?;
        }
        None => app::window::run(&settings, settings.source.clone().unwrap_or_default())?,
    }
    Ok(())
}
