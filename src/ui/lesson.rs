//! The card of a lesson that is given: what the step says, what it waits for, its question, and buttons to go on. And the
//! list of lessons, a tab of the help.

pub use crate::lessons::LessonRow;

use super::{
    actions::{Action, hint, short_label},
    theme,
    widgets::{button_width, close_button, faint, named_button},
};
use crate::language::t;
use bevy_egui::egui::{Align, Button, Label, Layout, RichText, ScrollArea, Ui, Vec2};

/// Size of what is said, in points: a class reads it from some distance.
const SAY_SIZE: f32 = 15.0;

/// The step of a lesson.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LessonView {
    /// Title of the lesson.
    pub title: String,
    /// Number of the step, from 1, and of all steps.
    pub step: (usize, usize),
    /// What is said.
    pub say: String,
    /// What is waited for.
    pub wait: Option<WaitView>,
    /// What is asked.
    pub ask: Option<AskView>,
    /// For the teacher; empty if there is nothing.
    pub notes: String,
    /// What the standard is; empty if none is stated.
    pub standard: String,
}

/// What a step waits for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WaitView {
    /// `Waiting for 3 connections to Japan: 1 so far`, or `12:00:31: …`.
    pub text: String,
    /// Whether it has happened.
    pub has_happened: bool,
    /// Whether it has taken so long that the lesson goes on without it.
    pub is_overdue: bool,
}

/// A question.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AskView {
    /// The question.
    pub question: String,
    /// Answers to choose from; empty if the answer is only shown.
    pub choices: Vec<String>,
    /// Index of the right choice.
    pub right: usize,
    /// The chosen one.
    pub chosen: Option<usize>,
    /// The answer, once it is shown.
    pub answer: Option<String>,
}

/// Draws the card in the width of `ui`; scrolls if it is too high.
pub(super) fn lesson_ui(ui: &mut Ui, view: &LessonView, actions: &mut Vec<Action>) {
    ui.horizontal(|ui| {
        let (step, steps) = view.step;
        let text = faint(t!("lesson-step-of", title = view.title.as_str(), step = step, steps = steps));
        let button = button_width(ui, "×", 16.0) + ui.spacing().item_spacing.x;
        let width = (ui.available_width() - button).max(40.0);
        ui.allocate_ui_with_layout(Vec2::new(width, 20.0), Layout::left_to_right(Align::Center), |ui| {
            ui.set_width(width);
            ui.add(Label::new(text).wrap());
        });
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            if close_button(ui, t!("lesson-end")).clicked() {
                actions.push(Action::EndLesson);
            }
        });
    });
    let buttons_height = 34.0;
    let height = (ui.available_height() - buttons_height).max(40.0);
    ScrollArea::vertical().id_salt(("lesson", view.step)).max_height(height).auto_shrink([false, true]).show(
        ui,
        |ui| {
            ui.add(Label::new(RichText::new(&view.say).size(SAY_SIZE).color(theme::BRIGHT)).wrap());
            if let Some(ask) = &view.ask {
                ui.add_space(6.0);
                ask_ui(ui, ask, actions);
            }
            if let Some(wait) = &view.wait {
                ui.add_space(6.0);
                let color = if wait.has_happened { theme::ACCENT } else { theme::WARNING };
                ui.add(Label::new(RichText::new(&wait.text).size(13.0).color(color)).wrap());
            }
            notes_ui(ui, view);
        },
    );
    ui.add_space(4.0);
    buttons_ui(ui, view, actions);
}

/// What the teacher wants to know, folded.
fn notes_ui(ui: &mut Ui, view: &LessonView) {
    if view.notes.is_empty() && view.standard.is_empty() {
        return;
    }
    ui.add_space(4.0);
    ui.collapsing(faint(t!("lesson-for-teacher")), |ui| {
        for text in [&view.notes, &view.standard] {
            if !text.is_empty() {
                ui.add(Label::new(RichText::new(text).size(12.0).color(theme::NORMAL)).wrap());
            }
        }
    });
}

fn ask_ui(ui: &mut Ui, ask: &AskView, actions: &mut Vec<Action>) {
    ui.add(Label::new(RichText::new(&ask.question).size(SAY_SIZE).color(theme::ACCENT)).wrap());
    for (index, choice) in ask.choices.iter().enumerate() {
        let letter = char::from(b'A' + (index % 26) as u8);
        let is_shown = ask.answer.is_some();
        // Never by colour alone.
        let mark = match (is_shown && index == ask.right, is_shown && ask.chosen == Some(index)) {
            (true, _) => "✔ ",
            (false, true) => "✘ ",
            (false, false) => "",
        };
        let text = RichText::new(format!("{mark}{letter}  {choice}")).size(13.5);
        let is_right = is_shown && index == ask.right;
        let text = if is_right { text.strong().color(theme::BRIGHT) } else { text };
        if ui.add(Button::selectable(ask.chosen == Some(index), text).wrap().frame_when_inactive(true)).clicked() {
            actions.push(Action::AnswerLesson(index as u8));
        }
    }
    match &ask.answer {
        Some(answer) => drop(ui.add(Label::new(RichText::new(answer).size(13.5).color(theme::NORMAL)).wrap())),
        None if ask.choices.is_empty() && ui.button(t!("lesson-show-answer")).clicked() => {
            actions.push(Action::AnswerLesson(0));
        }
        None => {}
    }
}

fn buttons_ui(ui: &mut Ui, view: &LessonView, actions: &mut Vec<Action>) {
    ui.horizontal(|ui| {
        let (step, steps) = view.step;
        let back = Action::LessonStep(-1);
        let button = ui.add_enabled(step > 1, Button::new(short_label(&back)));
        if button.on_hover_text(hint(&back)).clicked() {
            actions.push(back);
        }
        if step == steps {
            if ui.button(t!("lesson-end")).clicked() {
                actions.push(Action::EndLesson);
            }
            return;
        }
        let next = Action::LessonStep(1);
        let text = match &view.wait {
            Some(wait) if wait.is_overdue => t!("lesson-go-on"),
            Some(wait) if !wait.has_happened => t!("lesson-skip"),
            _ => short_label(&next),
        };
        if ui.button(text).on_hover_text(hint(&next)).clicked() {
            actions.push(next);
        }
    });
}

/// Draws the list of lessons in the width of `ui`.
pub(super) fn lessons_ui(ui: &mut Ui, lessons: &[LessonRow], actions: &mut Vec<Action>) {
    for row in lessons {
        ui.add_space(4.0);
        ui.horizontal(|ui| {
            if named_button(ui, t!("lesson-begin"), &t!("lesson-begin-named", title = row.title.as_str())).clicked() {
                actions.push(Action::BeginLesson(row.name.clone()));
            }
            ui.add(Label::new(RichText::new(&row.title).size(13.0).strong().color(theme::BRIGHT)).wrap());
        });
        ui.label(faint(t!("lesson-age", age = row.age.as_str(), minutes = row.minutes)));
        for sentence in &row.learn {
            ui.add(Label::new(RichText::new(sentence).size(12.0).color(theme::NORMAL)).wrap());
        }
    }
    ui.add_space(6.0);
    ui.add(Label::new(faint(t!("lesson-files"))).wrap());
}
