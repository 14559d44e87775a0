//! The part of the Jinja language a notice may use, checked when it is saved.
//!
//! The engine's own limits count steps and output, not memory, and reading a
//! deep expression needs stack. So what can build large values out of small
//! ones is left out (`set`, macros, calls, arithmetic, joining), and the length
//! of a tag is limited. Names of filters are checked too: the engine would find
//! a wrong one only when a mail is rendered, and only on the branch taken.

use minijinja::{
    machinery::{
        Span, Token,
        ast::{BinOpKind, CallArg, Expr, Filter, ForLoop, Stmt, Test},
        parse, tokenize,
    },
    syntax::SyntaxConfig,
};

use super::{date, render::explain};

/// The filters, each with the fewest and the most arguments it takes.
pub(super) const FILTERS: [(&str, usize, usize); 11] = [
    ("capitalize", 0, 0),
    ("count", 0, 0),
    ("date", 0, 1),
    ("default", 1, 2),
    ("first", 0, 0),
    ("last", 0, 0),
    ("length", 0, 0),
    ("lower", 0, 0),
    ("money", 1, 1),
    ("trim", 0, 0),
    ("upper", 0, 0),
];
/// The tests, as in `{% if order is defined %}`. None takes an argument.
pub(super) const TESTS: [&str; 4] = ["defined", "undefined", "odd", "even"];

const MAX_TAG: usize = 200;
const MAX_ELIF: usize = 100;

/// Checks one template. In a `header` a line break is refused as well.
///
/// # Errors
/// Everything that is wrong, each with its line.
pub(super) fn check(source: &str, header: bool) -> Result<(), Vec<String>> {
    check_tags(source).map_err(|message| vec![message])?;
    // Only after the tags' lengths are known, because parsing recurses.
    let tree = parse(source, "", SyntaxConfig::default()).map_err(|error| vec![explain(&error)])?;
    let mut walk = Walk {
        header,
        problems: Vec::new(),
    };
    walk.statement(&tree);
    if walk.problems.is_empty() {
        Ok(())
    } else {
        Err(walk.problems)
    }
}

/// Parsing recurses over a long tag and a long chain of `elif`.
fn check_tags(source: &str) -> Result<(), String> {
    let (mut length, mut elifs) = (0, 0);
    for token in tokenize(source, false, SyntaxConfig::default()) {
        let (token, span) = token.map_err(|error| explain(&error))?;
        length += 1;
        match token {
            Token::TemplateData(_) | Token::VariableStart | Token::BlockStart => length = 0,
            // Only as the first word of a tag it is the keyword. Each nests one level deeper in
            // the tree.
            Token::Ident("elif") if length == 1 => elifs += 1,
            _ => {}
        }
        if length > MAX_TAG {
            return Err(at(
                span,
                &format!("a tag may hold at most {MAX_TAG} words and signs"),
            ));
        }
        if elifs > MAX_ELIF {
            return Err(at(
                span,
                &format!("a template may hold at most {MAX_ELIF} `elif`"),
            ));
        }
    }
    Ok(())
}

fn at(span: Span, message: &str) -> String {
    format!("line {}: {message}", span.start_line)
}

struct Walk {
    header: bool,
    problems: Vec<String>,
}

impl Walk {
    fn report(&mut self, span: Span, message: &str) {
        self.problems.push(at(span, message));
    }

    fn refuse(&mut self, span: Span, what: &str) {
        self.report(span, &format!("{what} is not available in a notice"));
    }

    fn statements(&mut self, statements: &[Stmt<'_>]) {
        statements
            .iter()
            .for_each(|statement| self.statement(statement));
    }

    fn statement(&mut self, statement: &Stmt<'_>) {
        match statement {
            Stmt::Template(template) => self.statements(&template.children),
            // A header line ends at it: what follows would be headers of the template's own.
            Stmt::EmitRaw(text) if self.header && text.raw.contains(['\r', '\n']) => {
                self.report(text.span(), "a line break is not allowed here");
            }
            Stmt::EmitRaw(_) => {}
            Stmt::EmitExpr(output) => self.expression(&output.expr),
            Stmt::IfCond(branch) => {
                self.expression(&branch.expr);
                self.statements(&branch.true_body);
                self.statements(&branch.false_body);
            }
            Stmt::ForLoop(repeat) => self.for_loop(repeat, repeat.span()),
            Stmt::Set(set) => self.refuse(set.span(), "`set`"),
            Stmt::SetBlock(set) => self.refuse(set.span(), "`set`"),
            Stmt::WithBlock(with) => self.refuse(with.span(), "`with`"),
            Stmt::AutoEscape(escape) => self.refuse(escape.span(), "`autoescape`"),
            Stmt::FilterBlock(filter) => self.refuse(filter.span(), "`filter` as a block"),
            Stmt::Do(call) => self.refuse(call.span(), "`do`"),
        }
    }

    fn for_loop(&mut self, repeat: &ForLoop<'_>, span: Span) {
        if repeat.recursive {
            self.refuse(span, "a recursive loop");
        }
        if !is_path(&repeat.iter) {
            self.report(
                span,
                "`for` goes through a field, like `order.lines`, and nothing else",
            );
        }
        self.expression(&repeat.iter);
        repeat
            .filter_expr
            .iter()
            .for_each(|filter| self.expression(filter));
        self.statements(&repeat.body);
        self.statements(&repeat.else_body);
    }

    fn expressions<'a, 'b: 'a>(&mut self, expressions: impl IntoIterator<Item = &'a Expr<'b>>) {
        expressions
            .into_iter()
            .for_each(|expression| self.expression(expression));
    }

    fn expression(&mut self, expression: &Expr<'_>) {
        match expression {
            Expr::Var(_) | Expr::Const(_) => {}
            Expr::UnaryOp(unary) => self.expression(&unary.expr),
            Expr::BinOp(binary) => {
                self.operator(binary.op, binary.span());
                self.expressions([&binary.left, &binary.right]);
            }
            Expr::Compare(compare) => {
                self.expression(&compare.expr);
                self.expressions(compare.ops.iter().map(|operand| &operand.expr));
            }
            Expr::IfExpr(choice) => {
                self.expressions([&choice.test_expr, &choice.true_expr]);
                self.expressions(&choice.false_expr);
            }
            Expr::Filter(filter) => self.filter(filter, filter.span()),
            Expr::Test(test) => self.test(test, test.span()),
            Expr::GetAttr(field) => self.expression(&field.expr),
            Expr::GetItem(item) => self.expressions([&item.expr, &item.subscript_expr]),
            Expr::List(list) => self.expressions(&list.items),
            Expr::Tuple(tuple) => self.expressions(&tuple.items),
            Expr::Call(_) | Expr::Map(_) | Expr::Slice(_) => {
                let what = format!("a {}", expression.description());
                self.refuse(expression.span(), &what);
            }
        }
    }

    fn operator(&mut self, operator: BinOpKind, span: Span) {
        use BinOpKind::{Add, Concat, Div, FloorDiv, Mul, Pow, Rem, Sub};
        match operator {
            Add | Sub | Mul | Div | FloorDiv | Rem | Pow => self.refuse(span, "arithmetic"),
            Concat => self.refuse(span, "`~` (write the values one after the other)"),
            _ => {}
        }
    }

    fn filter(&mut self, filter: &Filter<'_>, span: Span) {
        self.expressions(&filter.expr);
        let arguments = self.arguments(&filter.args, span);
        let known = FILTERS.iter().find(|(name, ..)| *name == filter.name);
        let Some((name, least, most)) = known else {
            return self.report(span, &format!("there is no filter `{}`", filter.name));
        };
        if !(*least..=*most).contains(&arguments) {
            let message = format!("`{name}` takes {least} to {most} arguments, not {arguments}");
            return self.report(span, &message);
        }
        // A format that comes from a field is known only when it is rendered.
        if let ("date", [CallArg::Pos(Expr::Const(format))]) = (*name, filter.args.as_slice()) {
            let problem = date::check_format(&format.value);
            problem
                .err()
                .iter()
                .for_each(|message| self.report(span, message));
        }
    }

    fn test(&mut self, test: &Test<'_>, span: Span) {
        self.expression(&test.expr);
        if !TESTS.contains(&test.name) {
            self.report(span, &format!("there is no test `{}`", test.name));
        } else if self.arguments(&test.args, span) > 0 {
            self.report(span, &format!("`{}` takes no argument", test.name));
        }
    }

    fn arguments(&mut self, arguments: &[CallArg<'_>], span: Span) -> usize {
        for argument in arguments {
            match argument {
                CallArg::Pos(value) => self.expression(value),
                _ => self.refuse(span, "an argument with a name or a star"),
            }
        }
        arguments.len()
    }
}

fn is_path(expression: &Expr<'_>) -> bool {
    match expression {
        Expr::Var(_) => true,
        Expr::GetAttr(field) => is_path(&field.expr),
        Expr::GetItem(item) => is_path(&item.expr),
        _ => false,
    }
}
