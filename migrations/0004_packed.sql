ALTER TABLE `chunks` ADD `encoding` text;--> statement-breakpoint
ALTER TABLE `statements` ADD `tail_encoding` text;