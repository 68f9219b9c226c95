mod changes;
mod folders;
mod messages;
mod world;
