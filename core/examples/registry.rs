//! Publish and subscribe: who has subscribed gets what is published, and is forgotten when it ends.

use heirloom::process::Message;
use heirloom::{Process, Table, Term, match_spec};
use std::error::Error;

/// Who has subscribed to what, and the process that watches them.
struct Registry {
    members: Table,
    watcher: Process,
}

impl Registry {
    fn new() -> Result<Registry, Box<dyn Error>> {
        let members = Table::bag("members").create()?;
        let watcher = Process::new();
        Ok(Registry { members, watcher })
    }

    fn subscribe(&self, topic: &str, member: &Process) -> Result<(), Box<dyn Error>> {
        self.members.insert((topic, member.pid()))?;
        self.watcher.monitor(member);
        Ok(())
    }

    /// Sends news to all who have subscribed and live; how many these are.
    fn publish(&self, topic: &str, news: &str) -> Result<usize, Box<dyn Error>> {
        while let Some(Message::Down { pid, .. }) = self.watcher.try_receive() {
            let gone = match_spec!(|{_, member}| if member == pid => true)?;
            self.members.select_delete(&gone)?;
        }
        let members = self.members.lookup(topic)?;
        let pids = members
            .iter()
            .filter_map(|member| member.as_ref().element(2)?.as_pid());
        Ok(pids
            .filter(|&pid| self.watcher.send(pid, news).is_ok())
            .count())
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let registry = Registry::new()?;
    let [ann, bob] = [Process::new(), Process::new()];
    registry.subscribe("weather", &ann)?;
    registry.subscribe("weather", &bob)?;
    assert_eq!(registry.publish("weather", "rain")?, 2);
    bob.exit("had enough");
    assert_eq!(registry.publish("weather", "sun")?, 1);
    assert_eq!(registry.members.size()?, 1);
    for news in ["rain", "sun"] {
        assert_eq!(ann.receive()?, Message::User(Term::from(news)));
    }
    println!("ann knows the weather");
    Ok(())
}
