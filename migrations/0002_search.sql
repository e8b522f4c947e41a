CREATE TABLE `facets` (
	`facet` text NOT NULL,
	`value` text NOT NULL,
	`started_at` integer NOT NULL,
	`session_id` text NOT NULL,
	`first_seq` integer NOT NULL,
	PRIMARY KEY(`facet`, `value`, `started_at`, `session_id`)
) WITHOUT ROWID;
--> statement-breakpoint
ALTER TABLE `sessions` ADD `unrecorded` integer DEFAULT 0 NOT NULL;
--> statement-breakpoint
CREATE TABLE `statements_new` (
	`session_id` text NOT NULL,
	`seq` integer NOT NULL,
	`revision` integer NOT NULL,
	`state` text NOT NULL,
	`started_at` integer,
	`operation` text,
	`effect` text,
	`rule` text,
	`recorded` integer DEFAULT true NOT NULL,
	`ended_at` integer,
	`sqlstate` text,
	`rows` integer DEFAULT 0 NOT NULL,
	`notices` integer DEFAULT 0 NOT NULL,
	`response_bytes` integer DEFAULT 0 NOT NULL,
	`request_bytes` integer DEFAULT 0 NOT NULL,
	`command_tags` text,
	`kinds` text,
	`relations` text,
	`outcome` text,
	`statement` text,
	`intent` text,
	`response_tail` blob NOT NULL,
	PRIMARY KEY(`session_id`, `seq`)
) WITHOUT ROWID;
--> statement-breakpoint
INSERT INTO `statements_new` (
	`session_id`, `seq`, `revision`, `state`, `started_at`, `operation`, `effect`, `rule`, `ended_at`, `sqlstate`, `rows`,
	`notices`, `response_bytes`, `request_bytes`, `command_tags`, `outcome`, `statement`, `intent`, `response_tail`
)
SELECT
	`session_id`, `seq`, `revision`, `state`, `started_at`, `operation`, `effect`, `intent` ->> '$.decision.rule', `ended_at`, `sqlstate`, `rows`,
	`notices`, `response_bytes`, `request_bytes`, `command_tags`, `outcome`, `statement`, `intent`, `response_tail`
FROM `statements`;
--> statement-breakpoint
DROP TABLE `statements`;
--> statement-breakpoint
ALTER TABLE `statements_new` RENAME TO `statements`;
--> statement-breakpoint
INSERT INTO `facets` (`facet`, `value`, `started_at`, `session_id`, `first_seq`)
SELECT 'decision', `effect`, `sessions`.`started_at`, `session_id`, min(`seq`)
FROM `statements` JOIN `sessions` ON `sessions`.`id` = `session_id` WHERE `effect` IS NOT NULL GROUP BY `session_id`, `effect`;
--> statement-breakpoint
INSERT INTO `facets` (`facet`, `value`, `started_at`, `session_id`, `first_seq`)
SELECT 'rule', `rule`, `sessions`.`started_at`, `session_id`, min(`seq`)
FROM `statements` JOIN `sessions` ON `sessions`.`id` = `session_id` WHERE `rule` IS NOT NULL GROUP BY `session_id`, `rule`;
