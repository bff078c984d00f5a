//! Runs a pure function of a shader on the CPU, to compare it with its Rust counterpart.
//!
//! Each value is a list of `f64` lanes (a number has one, a boolean is 0 or 1): the *formula* is compared, not the
//! rounding. Unsupported expressions fail the test with their name.

use naga::{
    BinaryOperator, Block, Expression, Function, Handle, Literal, LocalVariable, MathFunction, Module, Statement,
    UnaryOperator,
};
use std::collections::HashMap;

type Lanes = Vec<f64>;

/// Calls `name` with these arguments; `view` contains the members of the uniform, in order.
pub fn call(module: &Module, name: &str, arguments: &[Lanes], view: &[Lanes]) -> Lanes {
    let found = module.functions.iter().find(|(_, function)| {
        // Imported functions have the name of their module as a suffix.
        function.name.as_deref().is_some_and(|full| full == name || full.starts_with(&format!("{name}X_naga_oil")))
    });
    let function = found.unwrap_or_else(|| panic!("no function {name}")).1;
    run(module, function, arguments, view)
}

fn run(module: &Module, function: &Function, arguments: &[Lanes], view: &[Lanes]) -> Lanes {
    let mut frame = Frame { module, function, arguments, view, known: HashMap::new(), locals: HashMap::new() };
    frame.block(&function.body).expect("a function that returns a value")
}

struct Frame<'a> {
    module: &'a Module,
    function: &'a Function,
    arguments: &'a [Lanes],
    view: &'a [Lanes],
    known: HashMap<Handle<Expression>, Lanes>,
    locals: HashMap<Handle<LocalVariable>, Lanes>,
}

impl Frame<'_> {
    /// Runs a block; returns the value if it returned one.
    fn block(&mut self, block: &Block) -> Option<Lanes> {
        for statement in block {
            match statement {
                Statement::Emit(range) => {
                    for handle in range.clone() {
                        let value = self.compute(handle);
                        self.known.insert(handle, value);
                    }
                }
                Statement::If { condition, accept, reject } => {
                    let taken = if self.value(*condition)[0] == 0.0 { reject } else { accept };
                    if let Some(value) = self.block(taken) {
                        return Some(value);
                    }
                }
                Statement::Block(inner) => {
                    if let Some(value) = self.block(inner) {
                        return Some(value);
                    }
                }
                Statement::Store { pointer, value } => {
                    let Expression::LocalVariable(local) = self.function.expressions[*pointer] else {
                        panic!("only whole variables are stored to");
                    };
                    let value = self.value(*value);
                    self.locals.insert(local, value);
                }
                Statement::Call { function, arguments, result } => {
                    let arguments: Vec<_> = arguments.iter().map(|handle| self.value(*handle)).collect();
                    let value = run(self.module, &self.module.functions[*function], &arguments, self.view);
                    if let Some(result) = result {
                        self.known.insert(*result, value);
                    }
                }
                Statement::Return { value } => return value.map(|handle| self.value(handle)),
                other => panic!("no rule for {other:?}"),
            }
        }
        None
    }

    fn value(&self, handle: Handle<Expression>) -> Lanes {
        self.known.get(&handle).cloned().unwrap_or_else(|| self.compute(handle))
    }

    fn compute(&self, handle: Handle<Expression>) -> Lanes {
        match &self.function.expressions[handle] {
            Expression::Literal(literal) => vec![number(literal)],
            Expression::Constant(constant) => {
                match self.module.global_expressions[self.module.constants[*constant].init] {
                    Expression::Literal(literal) => vec![number(&literal)],
                    ref other => panic!("no rule for {other:?}"),
                }
            }
            Expression::FunctionArgument(index) => self.arguments[*index as usize].clone(),
            Expression::LocalVariable(local) => self.local(*local),
            // A pointer is represented by its target: it is always loaded immediately.
            Expression::Load { pointer } => self.value(*pointer),
            Expression::AccessIndex { base, index } => match self.function.expressions[*base] {
                Expression::GlobalVariable(_) => self.view[*index as usize].clone(),
                _ => vec![self.value(*base)[*index as usize]],
            },
            Expression::Compose { components, .. } => components.iter().flat_map(|part| self.value(*part)).collect(),
            Expression::Splat { size, value } => vec![self.value(*value)[0]; *size as usize],
            Expression::Swizzle { size, vector, pattern } => {
                let lanes = self.value(*vector);
                pattern[..*size as usize].iter().map(|lane| lanes[*lane as usize]).collect()
            }
            Expression::Unary { op: UnaryOperator::Negate, expr } => self.value(*expr).iter().map(|x| -x).collect(),
            Expression::Binary { op, left, right } => pairwise(&self.value(*left), &self.value(*right), operator(*op)),
            Expression::Select { condition, accept, reject } => {
                self.value(if self.value(*condition)[0] == 0.0 { *reject } else { *accept })
            }
            Expression::As { expr, .. } => self.value(*expr),
            Expression::Math { fun, arg, arg1, arg2, .. } => {
                let other = |arg: &Option<_>| arg.map(|handle| self.value(handle)).unwrap_or_default();
                math(*fun, &self.value(*arg), &other(arg1), &other(arg2))
            }
            other => panic!("no rule for {other:?}"),
        }
    }

    fn local(&self, local: Handle<LocalVariable>) -> Lanes {
        let start = || self.function.local_variables[local].init.map(|handle| self.value(handle));
        self.locals.get(&local).cloned().or_else(start).unwrap_or_default()
    }
}

fn number(literal: &Literal) -> f64 {
    match *literal {
        Literal::F32(value) => f64::from(value),
        Literal::U32(value) => f64::from(value),
        Literal::I32(value) => f64::from(value),
        Literal::Bool(value) => f64::from(u8::from(value)),
        other => panic!("no rule for {other:?}"),
    }
}

fn pairwise(left: &[f64], right: &[f64], rule: impl Fn(f64, f64) -> f64) -> Lanes {
    // A scalar operand is broadcast to all lanes.
    let lane = |lanes: &[f64], i: usize| if lanes.len() == 1 { lanes[0] } else { lanes[i] };
    (0..left.len().max(right.len())).map(|i| rule(lane(left, i), lane(right, i))).collect()
}

fn operator(op: BinaryOperator) -> impl Fn(f64, f64) -> f64 {
    move |a, b| match op {
        BinaryOperator::Add => a + b,
        BinaryOperator::Subtract => a - b,
        BinaryOperator::Multiply => a * b,
        BinaryOperator::Divide => a / b,
        BinaryOperator::ShiftLeft => f64::from((a as u32) << (b as u32)),
        BinaryOperator::ShiftRight => f64::from((a as u32) >> (b as u32)),
        BinaryOperator::And => f64::from(a as u32 & b as u32),
        BinaryOperator::NotEqual => f64::from(u8::from(a != b)),
        BinaryOperator::Equal => f64::from(u8::from(a == b)),
        BinaryOperator::LessEqual => f64::from(u8::from(a <= b)),
        BinaryOperator::InclusiveOr => f64::from(a as u32 | b as u32),
        BinaryOperator::Less => f64::from(u8::from(a < b)),
        BinaryOperator::Greater => f64::from(u8::from(a > b)),
        BinaryOperator::GreaterEqual => f64::from(u8::from(a >= b)),
        other => panic!("no rule for {other:?}"),
    }
}

fn math(fun: MathFunction, a: &[f64], b: &[f64], c: &[f64]) -> Lanes {
    let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(x, y)| x * y).sum::<f64>();
    match fun {
        MathFunction::Abs => a.iter().map(|x| x.abs()).collect(),
        MathFunction::Sqrt => a.iter().map(|x| x.sqrt()).collect(),
        MathFunction::InverseSqrt => a.iter().map(|x| 1.0 / x.sqrt()).collect(),
        MathFunction::Min => pairwise(a, b, f64::min),
        MathFunction::Max => pairwise(a, b, f64::max),
        MathFunction::Atan2 => pairwise(a, b, f64::atan2),
        MathFunction::Mix => vec![a[0] + (b[0] - a[0]) * c[0]],
        MathFunction::Step => vec![f64::from(u8::from(b[0] >= a[0]))],
        MathFunction::SmoothStep => {
            let t = ((c[0] - a[0]) / (b[0] - a[0])).clamp(0.0, 1.0);
            vec![t * t * (3.0 - 2.0 * t)]
        }
        MathFunction::Exp2 => a.iter().map(|x| x.exp2()).collect(),
        MathFunction::Dot => vec![dot(a, b)],
        MathFunction::Length => vec![dot(a, a).sqrt()],
        MathFunction::Normalize => a.iter().map(|x| x / dot(a, a).sqrt()).collect(),
        MathFunction::Cross => {
            vec![a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]]
        }
        MathFunction::Unpack2x16snorm => {
            let bits = a[0] as u32;
            [bits, bits >> 16].map(|half| (f64::from(half as u16 as i16) / 32767.0).max(-1.0)).into()
        }
        other => panic!("no rule for {other:?}"),
    }
}
