drop table rejections, usage_days, api_keys, projects;
