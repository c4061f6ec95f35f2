CREATE TABLE `acknowledgements` (
	`notification_id` integer NOT NULL,
	`user_id` text NOT NULL,
	`at` integer NOT NULL,
	PRIMARY KEY(`notification_id`, `user_id`)
) STRICT, WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `deliveries` (
	`notification_id` integer NOT NULL,
	`user_id` text NOT NULL,
	`at` integer NOT NULL,
	PRIMARY KEY(`notification_id`, `user_id`)
) STRICT, WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `escalations` (
	`notification_id` integer PRIMARY KEY NOT NULL,
	`next_at` integer NOT NULL,
	`step` integer DEFAULT 0 NOT NULL,
	`after` integer NOT NULL,
	`channels` text NOT NULL,
	`orderer` text
) STRICT;
--> statement-breakpoint
CREATE INDEX `escalations_due` ON `escalations` (`next_at`);--> statement-breakpoint
CREATE TABLE `gone` (
	`channel_id` integer NOT NULL,
	`notification_id` integer NOT NULL,
	`count` integer NOT NULL,
	PRIMARY KEY(`channel_id`, `notification_id`)
) STRICT, WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `idempotency` (
	`sender` text NOT NULL,
	`key` text NOT NULL,
	`hash` text NOT NULL,
	`notification_id` integer,
	`scheduled_id` integer,
	`answer` text,
	`created_at` integer NOT NULL,
	PRIMARY KEY(`sender`, `key`)
) STRICT, WITHOUT ROWID;
--> statement-breakpoint
CREATE INDEX `idempotency_created` ON `idempotency` (`created_at`);--> statement-breakpoint
CREATE TABLE `preferences` (
	`user_id` text PRIMARY KEY NOT NULL,
	`json` text NOT NULL
) STRICT;
--> statement-breakpoint
CREATE TABLE `read_exceptions` (
	`user_id` text NOT NULL,
	`channel_id` integer NOT NULL,
	`notification_id` integer NOT NULL,
	`is_read` integer NOT NULL,
	PRIMARY KEY(`user_id`, `channel_id`, `notification_id`)
) STRICT, WITHOUT ROWID;
--> statement-breakpoint
CREATE INDEX `read_exceptions_notification` ON `read_exceptions` (`notification_id`);--> statement-breakpoint
CREATE TABLE `read_marks` (
	`user_id` text NOT NULL,
	`channel_id` integer NOT NULL,
	`through` integer NOT NULL,
	PRIMARY KEY(`user_id`, `channel_id`)
) STRICT, WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `read_times` (
	`hour` integer NOT NULL,
	`channel_id` integer NOT NULL,
	`type` text NOT NULL,
	`bucket` integer NOT NULL,
	`count` integer NOT NULL,
	PRIMARY KEY(`hour`, `channel_id`, `type`, `bucket`)
) STRICT, WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `recipients` (
	`user_id` text NOT NULL,
	`channel_id` integer NOT NULL,
	`notification_id` integer NOT NULL,
	`is_message` integer NOT NULL,
	PRIMARY KEY(`user_id`, `channel_id`, `notification_id`)
) STRICT, WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `scheduled` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`due_at` integer NOT NULL,
	`channel` text NOT NULL,
	`sender` text NOT NULL,
	`user_id` text,
	`token_id` integer,
	`claims` text,
	`created_at` integer NOT NULL,
	`json` text NOT NULL
) STRICT;
--> statement-breakpoint
CREATE INDEX `scheduled_due` ON `scheduled` (`due_at`,`id`,`channel`,`user_id`,`token_id`);--> statement-breakpoint
CREATE TABLE `traits` (
	`trait` text NOT NULL,
	`block` integer NOT NULL,
	PRIMARY KEY(`trait`, `block`)
) STRICT, WITHOUT ROWID;
--> statement-breakpoint
CREATE INDEX `traits_block` ON `traits` (`block`);--> statement-breakpoint
CREATE TABLE `types` (
	`name` text NOT NULL,
	`version` integer NOT NULL,
	`description` text DEFAULT '' NOT NULL,
	`severity` text,
	`channel` text,
	`title` text,
	`message` text,
	`format` text,
	`schema` text,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL,
	PRIMARY KEY(`name`, `version`)
) STRICT, WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `usage` (
	`hour` integer NOT NULL,
	`channel_id` integer NOT NULL,
	`type` text NOT NULL,
	`published` integer DEFAULT 0 NOT NULL,
	`delivered` integer DEFAULT 0 NOT NULL,
	`read` integer DEFAULT 0 NOT NULL,
	`acknowledged` integer DEFAULT 0 NOT NULL,
	PRIMARY KEY(`hour`, `channel_id`, `type`)
) STRICT, WITHOUT ROWID;
--> statement-breakpoint
DROP INDEX `notifications_channel`;--> statement-breakpoint
ALTER TABLE `notifications` ADD `key` text;--> statement-breakpoint
ALTER TABLE `notifications` ADD `expires_at` integer;--> statement-breakpoint
ALTER TABLE `notifications` ADD `ack` text;--> statement-breakpoint
ALTER TABLE `notifications` ADD `original` integer;--> statement-breakpoint
ALTER TABLE `notifications` ADD `token_id` integer;--> statement-breakpoint
ALTER TABLE `notifications` ADD `ordinal` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `notifications` ADD `counts` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
CREATE INDEX `notifications_key` ON `notifications` (`channel_id`,`key`,`id`) WHERE "notifications"."key" IS NOT NULL;--> statement-breakpoint
CREATE INDEX `notifications_expiry` ON `notifications` (`expires_at`) WHERE "notifications"."expires_at" IS NOT NULL;--> statement-breakpoint
CREATE INDEX `notifications_targeted` ON `notifications` (`channel_id`,`id`,`event`) WHERE "notifications"."recipients" IS NOT NULL;--> statement-breakpoint
CREATE INDEX `notifications_original` ON `notifications` (`original`) WHERE "notifications"."original" IS NOT NULL;--> statement-breakpoint
CREATE INDEX `notifications_signals` ON `notifications` (`channel_id`,`id`) WHERE "notifications"."recipients" IS NULL AND "notifications"."counts" = 0;--> statement-breakpoint
CREATE INDEX `notifications_channel` ON `notifications` (`channel_id`,`id`,`ordinal`,`counts`);--> statement-breakpoint
ALTER TABLE `channels` ADD `retention_days` integer;--> statement-breakpoint
ALTER TABLE `channels` ADD `retention_count` integer;--> statement-breakpoint
ALTER TABLE `channels` ADD `trimmed` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `users` ADD `is_from_application` integer DEFAULT false NOT NULL;--> statement-breakpoint
UPDATE `users` SET `is_from_application` = true WHERE `id` IN (SELECT `target` FROM `audit` WHERE `action` = 'user.create' AND `actor` = 'jwt');--> statement-breakpoint
CREATE VIRTUAL TABLE `search` USING fts5(`title`, `message`, `scope`, content='', contentless_delete=1, tokenize='ascii', prefix='2');--> statement-breakpoint
INSERT INTO `search` (`search`, `rank`) VALUES ('automerge', 0);--> statement-breakpoint
INSERT INTO `search` (`search`, `rank`) VALUES ('crisismerge', 1000);--> statement-breakpoint
UPDATE `notifications` SET `key` = `json` ->> '$.key', `counts` = `event` = 'notification' AND `recipients` IS NULL;--> statement-breakpoint
UPDATE `notifications` SET `ordinal` = `before`.`n` FROM (
	SELECT `id`, sum(`counts`) OVER (PARTITION BY `channel_id` ORDER BY `id`) - `counts` AS `n` FROM `notifications`
) AS `before` WHERE `before`.`id` = `notifications`.`id`;--> statement-breakpoint
INSERT INTO `recipients` (`user_id`, `channel_id`, `notification_id`, `is_message`)
	SELECT DISTINCT `user`.`value`, `channel_id`, `notifications`.`id`, `event` = 'notification'
	FROM `notifications`, json_each(`recipients`) AS `user` WHERE `recipients` IS NOT NULL;--> statement-breakpoint
INSERT INTO `read_marks` (`user_id`, `channel_id`, `through`)
	SELECT `users`.`id`, 0, `newest`.`id` FROM `users`, (SELECT max(`id`) AS `id` FROM `notifications`) AS `newest` WHERE `newest`.`id` IS NOT NULL;
