drop table releases;
drop index events_feed_idx;
alter table events drop column feed_id;
drop table feed_states;
drop table feeds;
