//! Reads a lesson from its TOML text, and reports everything that is wrong with it, with the line.

use super::{Ask, Lesson, Step, Wait, Which};
use crate::{
    actions::{Action, Target},
    files::{AuthoredError, Problems, read_rows},
    model::filter::Query,
    sampler::check_scenario,
};
use serde::Deserialize;
use std::ops::Range;
use toml::Spanned;

/// Maximum length of what a step says, characters.
const LONGEST_SAY: usize = 600;
/// Maximum length of questions, choices and names of events, characters.
const LONGEST_LINE: usize = 300;

/// The rows as TOML has them. Each key is explained in `data/lessons/README.md`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    title: Spanned<String>,
    age: String,
    minutes: Spanned<u32>,
    learn: Spanned<Vec<String>>,
    #[serde(default)]
    standard: String,
    #[serde(default)]
    notes: String,
    data: Spanned<String>,
    steps: Spanned<Vec<Spanned<StepRow>>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct StepRow {
    say: Spanned<String>,
    #[serde(default)]
    look: Vec<Spanned<toml::Value>>,
    wait: Option<Spanned<WaitRow>>,
    ask: Option<Spanned<AskRow>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WaitRow {
    #[serde(rename = "for")]
    what: Spanned<String>,
    filter: Spanned<String>,
    count: Option<Spanned<usize>>,
    #[serde(default)]
    new: bool,
    #[serde(default)]
    closed: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AskRow {
    question: Spanned<String>,
    #[serde(default)]
    choices: Vec<Spanned<String>>,
    right: Option<Spanned<usize>>,
    answer: Spanned<String>,
}

impl Lesson {
    /// Reads `text`; errors name `file`.
    ///
    /// # Errors
    /// Everything that is wrong with it, with lines.
    pub fn parse(file: &str, text: &str) -> Result<Self, AuthoredError> {
        let read: File = read_rows(file, text)?;
        let mut check = Check { problems: Problems::of(text) };
        let lesson = check.lesson(read);
        check.problems.finish(file, lesson)
    }
}

/// Checks a file and collects its problems.
struct Check<'a> {
    problems: Problems<'a>,
}

impl Check<'_> {
    fn lesson(&mut self, file: File) -> Lesson {
        self.line("the title", &file.title, LONGEST_LINE);
        if !(1..=180).contains(file.minutes.get_ref()) {
            self.problems.wrong(&file.minutes.span(), "minutes must be from 1 to 180");
        }
        if file.learn.get_ref().is_empty() {
            self.problems.wrong(&file.learn.span(), "learn needs at least one sentence");
        }
        if file.steps.get_ref().is_empty() {
            self.problems.wrong(&file.steps.span(), "there are no [[steps]]");
        }
        let demo = self.demo(&file.data);
        Lesson {
            title: file.title.into_inner(),
            age: file.age,
            minutes: file.minutes.into_inner(),
            learn: file.learn.into_inner(),
            standard: file.standard,
            notes: file.notes,
            demo,
            steps: file.steps.into_inner().into_iter().map(|row| self.step(row.into_inner())).collect(),
        }
    }

    /// The source, for `demo:NAME`.
    fn demo(&mut self, data: &Spanned<String>) -> Option<String> {
        match data.get_ref().split_once(':') {
            None if data.get_ref() == "live" => None,
            Some(("demo", name)) => {
                if let Err(error) = check_scenario(name) {
                    self.problems.wrong(&data.span(), error.to_string());
                }
                Some(data.get_ref().clone())
            }
            _ => {
                self.problems.wrong(&data.span(), "expected data = \"live\" or data = \"demo:NAME\"");
                None
            }
        }
    }

    /// Reports a text that is empty or too long.
    fn line(&mut self, name: &str, text: &Spanned<String>, longest: usize) {
        let length = text.get_ref().trim().chars().count();
        if length == 0 || length > longest {
            self.problems.wrong(&text.span(), format!("{name} has 1 to {longest} characters, not {length}"));
        }
    }

    fn step(&mut self, row: StepRow) -> Step {
        self.line("say", &row.say, LONGEST_SAY);
        let look = row.look.into_iter().filter_map(|action| self.action(action)).collect();
        let wait = row.wait.and_then(|wait| self.wait(wait));
        let ask = row.ask.and_then(|ask| self.ask(ask));
        Step { say: row.say.into_inner().trim().to_owned(), look, wait, ask }
    }

    fn action(&mut self, value: Spanned<toml::Value>) -> Option<Action> {
        let span = value.span();
        match value.into_inner().try_into::<Action>() {
            Ok(action) if action.is_for_lessons() => {
                if let Action::Filter(query) | Action::Select(Some(Target::Query(query))) = &action {
                    self.query(query, &span);
                }
                Some(action)
            }
            Ok(_) => {
                let expected = "this action is not for lessons: a lesson changes only what is shown";
                self.problems.wrong(&span, expected);
                None
            }
            Err(error) => {
                let what = error.message().split_whitespace().collect::<Vec<_>>().join(" ");
                self.problems.wrong(&span, format!("this is no action: {what}; README.md lists them"));
                None
            }
        }
    }

    fn query(&mut self, text: &str, span: &Range<usize>) -> Option<Query> {
        match Query::parse(text) {
            Ok(query) => Some(query),
            Err(error) => {
                self.problems.wrong(span, format!("the filter {text:?} is invalid: {error}"));
                None
            }
        }
    }

    fn wait(&mut self, row: Spanned<WaitRow>) -> Option<Wait> {
        let span = row.span();
        let WaitRow { what, filter, count, new, closed } = row.into_inner();
        self.line("for", &what, LONGEST_LINE);
        let query = self.query(filter.get_ref(), &filter.span());
        let count = count.map_or(1, |count| {
            if !(1..=1_000).contains(count.get_ref()) {
                self.problems.wrong(&count.span(), "count must be from 1 to 1000");
            }
            count.into_inner()
        });
        let which = match (new, closed) {
            (false, false) => Which::Open,
            (true, false) => Which::New,
            (false, true) => Which::Closed,
            (true, true) => {
                self.problems.wrong(&span, "new and closed exclude each other");
                Which::New
            }
        };
        Some(Wait { what: what.into_inner(), filter: query?, count, which })
    }

    fn ask(&mut self, row: Spanned<AskRow>) -> Option<Ask> {
        let span = row.span();
        let AskRow { question, choices, right, answer } = row.into_inner();
        self.line("the question", &question, LONGEST_LINE);
        self.line("the answer", &answer, LONGEST_SAY);
        choices.iter().for_each(|choice| self.line("a choice", choice, LONGEST_LINE));
        let right = match (choices.len(), right) {
            (0, None) => 0,
            (2..=6, Some(right)) if (1..=choices.len()).contains(right.get_ref()) => right.into_inner() - 1,
            (2..=6, Some(right)) => {
                self.problems.wrong(&right.span(), format!("right must be from 1 to {}", choices.len()));
                return None;
            }
            _ => {
                let expected = "expected 2 to 6 choices and right, the number of the right one; or neither";
                self.problems.wrong(&span, expected);
                return None;
            }
        };
        let choices = choices.into_iter().map(Spanned::into_inner).collect();
        Some(Ask { question: question.into_inner(), choices, right, answer: answer.into_inner() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = "title = \"t\"\nage = \"10\"\nminutes = 5\nlearn = [\"a\"]\ndata = \"demo:everyday\"\n";

    fn lines(text: &str) -> Vec<String> {
        Lesson::parse("mine.toml", text).map_or_else(|error| error.lines(), |_| Vec::new())
    }

    #[test]
    fn a_right_file_is_read() {
        let text = format!(
            "{HEAD}[[steps]]\nsay = \"Look.\"\nlook = [\"whole-earth\", {{ filter = \"country:jp\" }}, {{ fly-to = {{ place = [35.7, \
             139.7], distance = 2.0 }} }}, {{ select = {{ query = \"country:jp\" }} }}, {{ table = \"on\" }}]\nwait = {{ for = \"a connection to \
             Japan\", filter = \"country:jp\", new = true }}\nask = {{ question = \"q\", choices = [\"a\", \"b\"], right = 2, answer = \"b\" }}\n"
        );
        let lesson = Lesson::parse("mine.toml", &text).unwrap_or_else(|error| panic!("{:?}", error.lines()));
        let step = &lesson.steps[0];
        assert_eq!((step.look.len(), lesson.demo.as_deref()), (5, Some("demo:everyday")));
        assert_eq!(step.wait.as_ref().map(|wait| (wait.count, wait.which)), Some((1, Which::New)));
        assert_eq!(step.ask.as_ref().map(|ask| ask.right), Some(1));
    }

    #[test]
    fn every_error_has_its_line_and_what_was_expected() {
        for (rows, line, expected) in [
            ("say = \"\"\n", 7, "say has 1 to 600 characters"),
            ("say = \"s\"\nlook = [\"whole\"]\n", 8, "this is no action: unknown variant"),
            ("say = \"s\"\nlook = [\n  \"table\"]\n", 9, "this is no action"),
            ("say = \"s\"\nlook = [\"quit\"]\n", 8, "not for lessons"),
            ("say = \"s\"\nlook = [{ filter = \"contry:jp\" }]\n", 8, "contry"),
            ("say = \"s\"\nwait = { for = \"w\", filter = \"state:x\" }\n", 8, "is invalid"),
            ("say = \"s\"\nwait = { for = \"w\", filter = \"\", count = 0 }\n", 8, "count must be from 1"),
            (
                "say = \"s\"\nwait = { for = \"w\", filter = \"\", new = true, closed = true }\n",
                8,
                "exclude each other",
            ),
            (
                "say = \"s\"\nask = { question = \"q\", choices = [\"a\", \"b\"], answer = \"a\" }\n",
                8,
                "right, the number",
            ),
            (
                "say = \"s\"\nask = { question = \"q\", choices = [\"a\", \"b\"], right = 3, answer = \"a\" }\n",
                8,
                "from 1 to 2",
            ),
            ("say = \"s\"\nsay_more = 1\n", 8, "unknown field"),
        ] {
            let found = lines(&format!("{HEAD}[[steps]]\n{rows}"));
            let at = format!("mine.toml, line {line}: ");
            assert!(found.iter().any(|it| it.starts_with(&at) && it.contains(expected)), "{rows}: {found:?}");
        }
        let found = lines("title = \"\"\nage = \"10\"\nminutes = 0\nlearn = []\ndata = \"dem:x\"\nsteps = []\n");
        assert_eq!(found.len(), 5, "all at once: {found:?}");
        assert!(lines("title = \"t\"\n")[0].contains("missing field"));
        assert!(lines(&HEAD.replace("everyday", "nothing"))[0].contains("steps"), "{:?}", lines(HEAD));
    }
}
