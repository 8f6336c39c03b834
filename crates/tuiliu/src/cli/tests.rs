use clap::{CommandFactory, Parser};

use super::{Command, CommandLine, keys, read_settings};

fn parsed(line: &str) -> Result<CommandLine, clap::Error> {
    CommandLine::try_parse_from(line.split_whitespace())
}

#[track_caller]
fn refuses(line: &str, because: &str) {
    let message = parsed(line).expect_err("it is no command line").to_string();
    assert!(message.contains(because), "{message}");
}

#[test]
fn the_command_line_is_consistent() {
    CommandLine::command().debug_assert();
}

#[test]
fn every_command_and_argument_has_a_help_text() {
    fn check(command: &clap::Command) {
        for argument in
            command.get_arguments().filter(|argument| !["help", "version"].contains(&argument.get_id().as_str()))
        {
            assert!(argument.get_help().is_some(), "`{}` of `{}`", argument.get_id(), command.get_name());
        }
        for inner in command.get_subcommands() {
            assert!(inner.get_about().is_some(), "`{}`", inner.get_name());
            check(inner);
        }
    }
    check(&CommandLine::command());
}

#[test]
fn reads_every_command() {
    let demo = parsed("tuiliu demo --data x --listen 127.0.0.1:0 --speed 60 --fresh --for 5").unwrap();
    let Command::Demo(demo) = demo.command else { panic!("{:?}", demo.command) };
    assert_eq!((demo.data.to_str(), demo.speed, demo.fresh, demo.seconds), (Some("x"), Some(60), true, Some(5)));

    let replay = parsed("tuiliu replay --log a.gz --data memory --orders 4 --rows 1000 --seed 7 --json").unwrap();
    let Command::Replay(replay) = replay.command else { panic!("{:?}", replay.command) };
    assert_eq!((replay.orders, replay.rows, replay.seed, replay.json), (4, Some(1_000), 7, true));

    let simulate = parsed("tuiliu simulate --seed 3 --seeds 20 --orders 9 --hours 4 --json").unwrap();
    let Command::Simulate(simulate) = simulate.command else { panic!("{:?}", simulate.command) };
    assert_eq!((simulate.seed, simulate.seeds, simulate.orders, simulate.hours, simulate.json), (3, 20, 9, 4, true));

    let create = parsed("tuiliu keys create --tenant shop --admin me --json").unwrap();
    let Command::Keys(keys::Arguments { action: keys::Action::Create { tenant, admin, json } }) = create.command else {
        panic!("{:?}", create.command)
    };
    assert_eq!((tenant.as_str(), admin.as_str(), json), ("shop", "me", true));

    assert!(matches!(parsed("tuiliu audit --json").unwrap().command, Command::Audit(audit) if audit.json));
    assert!(matches!(parsed("tuiliu doctor --json").unwrap().command, Command::Doctor(doctor) if doctor.json));
    assert!(matches!(parsed("tuiliu migrate").unwrap().command, Command::Migrate));
    let check = |line: &str, expected: Option<&str>| {
        let Command::Openapi(openapi) = parsed(line).unwrap().command else { panic!("{line}") };
        assert_eq!(openapi.check.as_deref().and_then(|path| path.to_str()), expected, "{line}");
    };
    check("tuiliu openapi", None);
    check("tuiliu openapi --check", Some("openapi.json"));
    check("tuiliu openapi --check other.json", Some("other.json"));
}

#[test]
fn refuses_what_makes_no_sense() {
    refuses("tuiliu", "Usage");
    refuses("tuiliu sevre", "unrecognized subcommand");
    refuses("tuiliu serve --listen here", "invalid value 'here'");
    refuses("tuiliu demo --speed 0", "0 is not in 1..=10000");
    refuses("tuiliu replay", "--log");
    refuses("tuiliu serve --set listen", "section.key=value");
    refuses("tuiliu keys create", "--tenant");
}

#[test]
fn flags_become_settings() {
    let line =
        "tuiliu serve --listen 127.0.0.1:0 --store memory --log-format json --set jobs.due_tick_ms=50 --log-level warn";
    let CommandLine { settings, command } = parsed(line).unwrap();
    let Command::Serve(serve) = command else { panic!("{command:?}") };
    let config = read_settings(&settings, serve.listen).unwrap();
    assert_eq!(config.server.listen.port(), 0);
    assert_eq!(format!("{:?}", config.store.address), "memory");
    assert_eq!((config.jobs.due_tick_ms, config.log.level.as_str()), (50, "warn"));
    assert_eq!(config.log.format, crate::config::LogFormat::Json);
}
