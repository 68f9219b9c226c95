mod changes;
mod folders;
mod items;
mod messages;
mod world;
