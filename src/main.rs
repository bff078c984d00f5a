//! The program: reads the command line and the settings, and runs the command.

use clap::Parser;
#[cfg(feature = "window")]
use clap::{CommandFactory, error::ErrorKind};
#[cfg(feature = "window")]
use netglobe::{
    app,
    cli::DemoArgs,
    lessons::lesson_named,
    sampler::{ReplayFrom, SourceSpec, SourceSpecError, check_scenario},
};
use netglobe::{
    cli::{Cli, Command, ListArgs},
    commands::{self, doctor::HandedIn},
    config::Settings,
    console,
    files::{self, Directories},
    language::{Language, set_current},
    panics, sandbox,
    text::escape_untrusted,
};
use std::{
    error::Error,
    ffi::OsString,
    io::{self, Write},
    process::ExitCode,
};

#[cfg(not(feature = "window"))]
const WITHOUT_A_WINDOW: &str = "built without the window (--no-default-features)";

fn main() -> ExitCode {
    let words: Vec<OsString> = std::env::args_os().skip(1).collect();
    if words.iter().map(OsString::as_os_str).eq([sandbox::CHILD_FLAG]) {
        return if sandbox::answer_as_child(io::stdout()).is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE };
    }
    // First, because it holds for the threads that start later.
    sandbox::enforce(!words.iter().take_while(|word| *word != "--").any(|word| word == sandbox::OFF_FLAG));
    #[cfg(feature = "window")]
    app::quiet_graphics_libraries();
    files::survive_file_size_limit();
    panics::report_in_one_line();
    let cli = Cli::parse();
    let outcome = run(&cli);
    if let Err(error) = &outcome {
        tell(&error.to_string());
        if !console::is_seen() {
            console::show(&error.to_string());
        }
    }
    #[cfg(feature = "window")]
    app::leave(outcome.is_err());
    if outcome.is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn run(cli: &Cli) -> Result<(), Box<dyn Error>> {
    // Before anything is said.
    set_current(cli.global.language.unwrap_or_else(Language::of_system));
    let directories = Directories::of_this_user();
    #[cfg_attr(not(feature = "window"), expect(unused_mut, reason = "only the window takes a recording"))]
    let mut flags = cli.global.clone();
    #[cfg(feature = "window")]
    if let Some(file) = &cli.file {
        if cli.command.is_some() || flags.source.is_some() {
            refuse(&"a recording is shown in the window; with a command, name it as --source replay:FILE");
        }
        flags.source = Some(SourceSpec::Replay { file: file.clone(), from: ReplayFrom::Begin });
    }
    let settings = Settings::load(&flags, directories)?;
    settings.language.into_iter().for_each(set_current);
    match &cli.command {
        Some(Command::List(args)) => commands::list::run(args, &settings)?,
        #[cfg(feature = "window")]
        Some(Command::Snapshot(args)) => commands::snapshot::run(args, &settings)?,
        #[cfg(feature = "window")]
        Some(Command::Film(args)) => commands::film::run(args, &settings)?,
        #[cfg(feature = "window")]
        Some(Command::Autostart(args)) => {
            // Everything else on the command line is meant for the program that is started.
            let own = ["autostart", "on", "off", "status", "--record"];
            let words = std::env::args().skip(1).filter(|word| !own.contains(&word.as_str())).collect();
            commands::autostart::run(args, words, &settings.directories)?;
        }
        #[cfg(feature = "window")]
        Some(Command::Demo(args)) if args.list => commands::demo::list()?,
        #[cfg(feature = "window")]
        Some(Command::Demo(args)) if !args.check.is_empty() => commands::demo::check(&args.check)?,
        #[cfg(feature = "window")]
        Some(Command::Demo(args)) => show(&Settings { source: Some(demo_source(args)), ..settings })?,
        #[cfg(feature = "window")]
        Some(Command::Lesson(args)) if args.list => commands::lesson::list()?,
        #[cfg(feature = "window")]
        Some(Command::Lesson(args)) if !args.check.is_empty() => commands::lesson::check(&args.check)?,
        #[cfg(feature = "window")]
        Some(Command::Lesson(args)) => {
            let mut settings = settings;
            settings.window.lesson = args.lesson.as_deref().map(checked_lesson);
            show(&settings)?;
        }
        Some(Command::History(args)) => commands::history::run(args, &settings)?,
        Some(Command::Lookup(args)) => commands::lookup::run(args, &settings)?,
        Some(Command::Doctor(args)) => {
            let home = || settings.home().map(|home| home.describe()).map_err(|missing| missing.to_string());
            let graphics = || describe_graphics(&settings);
            let handed_in = HandedIn { display: &describe_display, graphics: &graphics, home: &home };
            commands::doctor::run(args, &settings, &handed_in)?;
        }
        Some(Command::Credits { texts }) => commands::credits::run(*texts)?,
        Some(Command::Bench(args)) if args.history.is_some() => commands::bench::history::run(args)?,
        Some(Command::Bench(args)) if args.sampler => commands::bench::sampler::run(args, &settings)?,
        #[cfg(feature = "window")]
        Some(Command::Bench(args)) if args.month => commands::bench::month::run(args, &settings)?,
        #[cfg(feature = "window")]
        Some(Command::Bench(args)) if args.soak => commands::bench::soak::run(args, &settings)?,
        #[cfg(feature = "window")]
        Some(Command::Bench(args)) if args.filter => commands::bench::filter::run(args, &settings)?,
        #[cfg(feature = "window")]
        Some(Command::Bench(args)) => commands::bench::frames::run(args, &settings)?,
        // Without a window, clap requires --sampler.
        #[cfg(not(feature = "window"))]
        Some(Command::Bench(_)) => {}
        None => show(&settings)?,
    }
    Ok(())
}

/// Opens the window; if that is not possible, shows the list after a line with the reason.
#[cfg(feature = "window")]
fn show(settings: &Settings) -> Result<(), Box<dyn Error>> {
    console::leave_own();
    if settings.window.wallpaper {
        return Ok(draw_wallpaper(settings)?);
    }
    let why = match app::why_no_window() {
        Some(why) => why,
        None => match app::window::run(settings) {
            Err(error) if error.leaves_the_list() => {
                let why = error.to_string();
                if error.needs_a_new_start() {
                    app::start_again(&why);
                }
                why
            }
            done => return Ok(done?),
        },
    };
    if !console::is_seen() {
        console::show(&format!(
            "no window: {why}\n\nnetglobe doctor says more in a terminal, and netglobe list shows the list."
        ));
        return Ok(());
    }
    tell(&format!("no window: {why}; here is the list (Ctrl-C ends it)"));
    watch(settings)
}

/// Draws on the background of the desktop.
#[cfg(all(feature = "window", target_os = "linux"))]
fn draw_wallpaper(settings: &Settings) -> Result<(), app::window::WindowError> {
    app::wallpaper::run(settings)
}

#[cfg(all(feature = "window", not(target_os = "linux")))]
fn draw_wallpaper(_settings: &Settings) -> Result<(), app::window::WindowError> {
    let why = "--wallpaper draws on Wayland and X11 only; --ambient fills the screen instead";
    Err(app::window::WindowError::NoDisplay(why.to_owned()))
}

/// In a build without a window, shows the list.
#[cfg(not(feature = "window"))]
fn show(settings: &Settings) -> Result<(), Box<dyn Error>> {
    watch(settings)
}

fn watch(settings: &Settings) -> Result<(), Box<dyn Error>> {
    Ok(commands::list::run(&ListArgs { watch: true, ..ListArgs::default() }, settings)?)
}

#[cfg(feature = "window")]
fn describe_display() -> Result<String, String> {
    app::window::describe_display()
}

#[cfg(not(feature = "window"))]
fn describe_display() -> Result<String, String> {
    Err(WITHOUT_A_WINDOW.to_owned())
}

/// The graphics adapter; or the error and its remedy.
#[cfg(feature = "window")]
fn describe_graphics(settings: &Settings) -> Result<String, (String, String)> {
    app::describe_graphics(settings).map_err(|error| (error.reason().to_owned(), error.remedy().to_owned()))
}

#[cfg(not(feature = "window"))]
fn describe_graphics(_settings: &Settings) -> Result<String, (String, String)> {
    Err((WITHOUT_A_WINDOW.to_owned(), "build without --no-default-features, or use netglobe list --watch".to_owned()))
}

/// The scenario as a source; an unknown one is a usage error.
#[cfg(feature = "window")]
fn demo_source(args: &DemoArgs) -> SourceSpec {
    if let Err(error) = check_scenario(&args.scenario) {
        refuse(&error);
    }
    format!("demo:{},{}", args.scenario, args.seed).parse().unwrap_or_else(|error: SourceSpecError| refuse(&error))
}

/// The name of a lesson that can be given; any other is a usage error.
#[cfg(feature = "window")]
fn checked_lesson(name: &str) -> String {
    if let Err(error) = lesson_named(name) {
        refuse(&error);
    }
    name.to_owned()
}

/// Ends the program with a usage error.
#[cfg(feature = "window")]
fn refuse(error: &dyn std::fmt::Display) -> ! {
    Cli::command().error(ErrorKind::InvalidValue, error).exit()
}

/// Writes a line to standard error.
fn tell(line: &str) {
    if writeln!(std::io::stderr(), "netglobe: {}", escape_untrusted(line)).is_err() {
        // Ignore it: the exit code still reports the error.
    }
}
